# SPDX-License-Identifier: Apache-2.0
"""Which certificates do the servers show that speak https?

Made for one run, by a certificate authority that nobody else trusts.
"""

from dataclasses import dataclass
from pathlib import Path

from test.servers.keeper import Keeper

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Certificates:
    """Files: the authority's certificate; a server's key and certificate."""

    ca: Path
    server: Path


def write_certificates(keeper: Keeper, address: str) -> Certificates:
    """Make an authority and a certificate for the server at `address`."""
    folder = keeper.folder
    made = Certificates(folder / "ca.pem", folder / "server.pem")
    ca_key, key = str(folder / "ca.key"), str(folder / "server.key")
    keeper.run(
        "openssl",
        [
            *("openssl", "req", "-x509", *_KEY, "-days", "2"),
            *("-subj", "/CN=swift-s3-sync test authority"),
            *("-keyout", ca_key, "-out", str(made.ca)),
        ],
    )
    keeper.run(
        "openssl",
        [
            *("openssl", "req", "-x509", *_KEY, "-days", "2"),
            *("-subj", f"/CN={address}", "-keyout", key),
            *("-CA", str(made.ca), "-CAkey", ca_key),
            *("-addext", f"subjectAltName=IP:{address},DNS:localhost"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-out", str(folder / "server.crt")),
        ],
    )
    made.server.write_text(
        Path(key).read_text() + (folder / "server.crt").read_text()
    )
    return made
