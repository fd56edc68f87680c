# SPDX-License-Identifier: Apache-2.0
"""For how long may a connection make no progress?

urllib3 lets the time-out for connecting hold for the first request's body as
well. A site that pauses for a few seconds amid an upload is not dead.
"""

from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPSConnection

SILENCE_SECONDS = 60


def _patient(connect: Callable[[Any], None]) -> Callable[[Any], None]:
    def connect_and_be_patient(connection: Any) -> None:
        connect(connection)
        connection.sock.settimeout(SILENCE_SECONDS)

    return connect_and_be_patient


def be_patient() -> None:
    """Let every botocore connection wait, once it is made; call it once."""
    for kind in (AWSHTTPConnection, AWSHTTPSConnection):
        kind.connect = _patient(kind.connect)
