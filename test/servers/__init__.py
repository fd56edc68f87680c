# SPDX-License-Identifier: Apache-2.0
"""Which S3 servers do the tests run as processes of other projects?"""

import os
from types import ModuleType

from test.servers import minio, radosgw, s3proxy

SERVERS: dict[str, ModuleType] = {
    "s3proxy": s3proxy,
    "radosgw": radosgw,
    "minio": minio,
}
"""Each has `fetch` and `start`, which raise Unavailable."""

REQUIRE = "REQUIRE_SERVERS"

ON_DEMAND = ("minio",)
"""Those that take minutes to build: used only where they are required."""


def required() -> set[str]:
    """Return the servers without which a run has failed."""
    names = {
        name.strip() for name in os.environ.get(REQUIRE, "").split(",")
    } - {""}
    unknown = names - set(SERVERS)
    if unknown:
        raise SystemExit(
            f"{REQUIRE}: no server is called {', '.join(sorted(unknown))};"
            f" there are {', '.join(SERVERS)}"
        )
    return names


def in_use() -> list[str]:
    """Return the servers that a run uses, if they can be had."""
    must = required()
    return [n for n in SERVERS if n in must or n not in ON_DEMAND]
