# SPDX-License-Identifier: Apache-2.0
"""Which folder do Swift's own modules read their configuration from?"""

import sys
from pathlib import Path

_POLICIES = "swift.common.storage_policy"
_CONSTRAINTS = "swift.common.constraints"


def use_swift_dir(swift_dir: Path) -> None:
    """Make Swift read `swift.conf` in `swift_dir` rather than /etc/swift.

    Call it before anything else of Swift is imported: its storage policies
    and constraints are read once, while they are imported, and the option
    `swift_dir` of a configuration file comes too late for them. Raise
    RuntimeError when they were imported from another folder already, OSError
    when there is no `swift.conf`, ValueError when it has no hash path.
    """
    from swift.common import utils

    conf = str(swift_dir.absolute() / "swift.conf")
    if conf != utils.SWIFT_CONF_FILE:
        _refuse_if_read(utils.SWIFT_CONF_FILE, conf)
    with open(conf, "rb"):
        pass  # the name in the error is ours, and nothing has changed yet
    # Importing utils has read the hash path of /etc/swift if there is one.
    utils.SWIFT_CONF_FILE = conf
    utils.HASH_PATH_PREFIX = utils.HASH_PATH_SUFFIX = b""
    utils.validate_hash_conf()


def _refuse_if_read(current: str, wanted: str) -> None:
    for module in (_POLICIES, _CONSTRAINTS):
        if module in sys.modules:
            raise RuntimeError(
                f"{module} was imported with {current}; "
                f"it is too late for {wanted}"
            )
