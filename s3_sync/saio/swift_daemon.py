# SPDX-License-Identifier: Apache-2.0
"""Let a daemon of Swift do its work once.

`python -m s3_sync.saio.swift_daemon SWIFT_DIR DAEMON NODE`
"""

import importlib
import sys
from pathlib import Path

from container_crawler.swift_dir import use_swift_dir

_MODULES = {
    "account-auditor": "swift.account.auditor",
    "account-reaper": "swift.account.reaper",
    "account-replicator": "swift.account.replicator",
    "container-auditor": "swift.container.auditor",
    "container-replicator": "swift.container.replicator",
    "container-sharder": "swift.container.sharder",
    "container-sync": "swift.container.sync",
    "container-updater": "swift.container.updater",
    "object-auditor": "swift.obj.auditor",
    "object-expirer": "swift.obj.expirer",
    "object-replicator": "swift.obj.replicator",
    "object-updater": "swift.obj.updater",
}


def main() -> None:
    """Run the daemon with the configuration of its node's server."""
    swift_dir, daemon, node = sys.argv[1:]
    if daemon not in _MODULES:
        sys.exit(f"{daemon} is none of {', '.join(_MODULES)}")
    folder = Path(swift_dir)
    use_swift_dir(folder)
    kind = daemon.partition("-")[0]
    conf = folder / f"{kind}-server-{node}.conf"
    sys.argv[1:] = [str(conf), "once"]
    sys.exit(importlib.import_module(_MODULES[daemon]).main())


if __name__ == "__main__":
    main()
