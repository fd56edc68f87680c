# SPDX-License-Identifier: Apache-2.0
"""How does moto's S3 run beside the tests, and end with them?

`python -m test.integration.moto_process PORT` prints its endpoint; 0 is any
port. It ends when its standard input does.
"""

import logging
import sys

from moto.server import ThreadedMotoServer

HOST = "127.0.0.1"


def main() -> None:
    """Serve until the owner of the other end of stdin is gone."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(HOST, int(sys.argv[1]), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
