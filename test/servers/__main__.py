# SPDX-License-Identifier: Apache-2.0
"""How are the S3 servers of the tests fetched and run by hand?

`python -m test.servers fetch [NAME…]` fetches what is not in the cache;
`python -m test.servers run NAME FOLDER` prints one line of JSON when the
server answers, and ends with its standard input.
"""

import sys
import time
from pathlib import Path

from test.servers import SERVERS, in_use, required
from test.servers.downloads import Unavailable, cache
from test.servers.keeper import Keeper
from test.servers.memory import note_memory


def main() -> None:
    """Do what the module's docstring says."""
    command, *arguments = sys.argv[1:] or ["fetch"]
    if command == "fetch":
        sys.exit(fetch(arguments or in_use()))
    elif command == "run":
        name, folder = arguments
        sys.exit(run(name, Path(folder)))
    sys.exit(__doc__)


def fetch(names: list[str]) -> int:
    """Fetch servers; 1 if one that is required cannot be had."""
    must = required()
    missing = False
    for name in names:
        began = time.monotonic()
        try:
            SERVERS[name].fetch()
        except Unavailable as error:
            sys.stdout.write(f"{name}: not fetched: {error}\n")
            missing = missing or name in must
        else:
            took = time.monotonic() - began
            sys.stdout.write(f"{name}: in {cache()} after {took:.1f} s\n")
    return int(missing)


def run(name: str, folder: Path) -> int:
    """Run a server until standard input ends."""
    keeper = Keeper(folder)
    try:
        keeper.serve({"name": name, **SERVERS[name].start(keeper)})
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        note_memory(name, keeper.memory())
        keeper.stop()
    return 0


if __name__ == "__main__":
    main()
