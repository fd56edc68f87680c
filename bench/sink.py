# SPDX-License-Identifier: Apache-2.0
"""How fast, and with how many requests, is an S3 endpoint written to?

An S3 server on loopback that keeps no bodies: it hashes what it is sent,
remembers the rest of each object and counts requests by kind. It answers
truthfully or with 501; signatures are asked for and not checked.

`GET /_sink/counts`, `GET /_sink/objects?bucket=NAME`,
`POST /_sink/reset[?objects=1]` and `POST /_sink/latency?ms=20` control it.
`bench.sink_process.Sink` runs it as a child.
"""

import argparse
import asyncio
import gc
import json
import os
import signal
import stat

from bench.sink_http import Connection
from bench.sink_service import Service

_HOST = "127.0.0.1"
_STDIN = 0


def main() -> None:
    """Serve until stdin, if it is a pipe, is closed, or until SIGTERM."""
    parser = argparse.ArgumentParser(prog="bench.sink")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument(
        "--json",
        action="store_true",
        help="no effect: what is printed is JSON in any case",
    )
    asyncio.run(_serve(parser.parse_args().port))


async def _serve(port: int) -> None:
    # A million remembered objects would be looked through again and again.
    gc.set_threshold(100_000, 50, 100)
    loop = asyncio.get_running_loop()
    service = Service()
    server = await loop.create_server(
        lambda: Connection(service.answer), _HOST, port, backlog=1024
    )
    stop = asyncio.Event()
    for number in signal.SIGTERM, signal.SIGINT:
        loop.add_signal_handler(number, stop.set)
    if stat.S_ISFIFO(os.fstat(_STDIN).st_mode):
        loop.add_reader(_STDIN, _stop_at_end, stop)
    port = server.sockets[0].getsockname()[1]
    started = {"endpoint": f"http://{_HOST}:{port}", "pid": os.getpid()}
    print(json.dumps(started), flush=True)
    await stop.wait()
    server.close()


def _stop_at_end(stop: asyncio.Event) -> None:
    if not os.read(_STDIN, 4096):
        stop.set()


if __name__ == "__main__":
    main()
