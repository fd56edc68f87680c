# SPDX-License-Identifier: Apache-2.0
"""On which servers does a suite run?"""

import unittest
from collections.abc import Callable

from test.integration import servers
from test.integration.deviations import DEVIATIONS
from test.integration.servers import S3Server
from test.servers import SERVERS as OTHERS
from test.servers import in_use

SERVERS: dict[str, Callable[[], S3Server]] = {
    "S3api": servers.s3api,
    "Moto": servers.moto,
    "S3Proxy": servers.s3proxy,
    "Radosgw": servers.radosgw,
    "MinIO": servers.minio,
}


def on_every_server(
    suite: type, *, but: str = ""
) -> dict[str, type[unittest.TestCase]]:
    """Return a test case for each server, by names such as `NamesOnMoto`.

    A suite asks `self.server()` for its server. It does not run on those
    that have the deviation `but`. Use: `globals().update(…)`.
    """
    spared = set(DEVIATIONS[but].servers if but else ())
    spared |= OTHERS.keys() - set(in_use())
    return {
        f"{suite.__name__}On{title}": type(
            f"{suite.__name__}On{title}",
            (suite, unittest.TestCase),
            {"server": staticmethod(server), "__module__": suite.__module__},
        )
        for title, server in SERVERS.items()
        if title.lower() not in spared
    }
