# SPDX-License-Identifier: Apache-2.0
"""How do several Swift servers run in this one process?"""

import json
import logging
import os
import socket
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from container_crawler.swift_dir import use_swift_dir
from s3_sync.concurrency import GreenThreads
from s3_sync.saio.layout import Server
from s3_sync.saio.lifeline import EndOfLife
from s3_sync.saio.log_lines import let_write_to_stderr, redirect_output

READY = "ready"
_MAX_CLIENTS = 1024
_CLIENT_TIMEOUT = 60.0

Listeners = Mapping[Server, int]


def listen(ip: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 means any.

    Swift's own servers share a port silently with whoever has it already
    (SO_REUSEPORT); here that is an OSError.
    """
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ip, port))
        listener.listen(_MAX_CLIENTS)
    except OSError:
        listener.close()
        raise
    return listener


def serve(swift_dir: Path, listeners: Listeners) -> None:
    """Load the servers and let green threads serve them from now on.

    `listeners` holds the file descriptors of listening sockets, which are
    this function's from now on.
    """
    use_swift_dir(swift_dir)
    from swift.common import utils, wsgi

    utils.monkey_patch()
    # What Swift's `run_server` does once per process; it cannot serve two
    # applications in one.
    wsgi.eventlet.hubs.use_hub(utils.get_hub())
    wsgi.eventlet.debug.hub_exceptions(False)
    os.environ["TZ"] = "UTC+0"
    time.tzset()
    utils.disable_fallocate()
    warnings.filterwarnings(
        "ignore", message="capitalize_response_headers is disabled"
    )
    threads = GreenThreads(len(listeners))
    for server, descriptor in listeners.items():
        conf = swift_dir / f"{server.name}.conf"
        app = wsgi.loadapp(str(conf), global_conf={"log_name": server.name})
        threads.spawn(_serve, descriptor, app)
    # The one logger that does not follow `log_custom_handlers`.
    let_write_to_stderr(logging.getLogger("proxy-access"))


def _serve(descriptor: int, app: Any) -> None:
    from swift.common import constraints, wsgi

    listener = socket.socket(fileno=descriptor)
    # Accepted connections inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    options: dict[str, Any] = {}
    if hasattr(constraints, "MAX_REQUEST_LINE"):  # not in Swift 2.35
        options["url_length_limit"] = constraints.MAX_REQUEST_LINE
    wsgi.wsgi.server(
        listener,
        app,
        wsgi.NullLogger(),
        custom_pool=wsgi.RestrictedGreenPool(size=_MAX_CLIENTS),
        protocol=wsgi.SwiftHttpProtocol,
        socket_timeout=_CLIENT_TIMEOUT,
        # Clients of S3 look for "ETag".
        capitalize_response_headers=False,
        **options,
    )


def stop_now() -> None:
    """End this process at once; Swift loses nothing by that."""
    os._exit(0)


def main() -> None:
    """Serve what the launcher says, until it ends.

    Arguments: the cluster's `swift_dir`, a log file, and a JSON list of
    `[kind, node, file descriptor]`.
    """
    swift_dir, log, spec = sys.argv[1:]
    end = EndOfLife(lifeline=True)
    serve(
        Path(swift_dir),
        {Server(kind, node): fd for kind, node, fd in json.loads(spec)},
    )
    sys.stdout.write(READY + "\n")
    redirect_output(Path(log))
    end.wait()
    stop_now()


if __name__ == "__main__":
    main()
