# SPDX-License-Identifier: Apache-2.0
"""Is this the only daemon that works with its `status_dir`?"""

import contextlib
import errno
import fcntl
import os
import time
from pathlib import Path

from s3_sync.errors import JournalError
from s3_sync.replication.journal_file import HINT, require_folder

FILE_NAME = "daemon.lock"

GLIMPSE_SECONDS = 1.0
"""`status` holds the lock for a moment, to see whether it is taken."""

ORPHAN_SECONDS = 60.0
"""The processes of a daemon that was killed end within that time."""

_GLANCE = 0.05


class DaemonLock:
    """The right to work with a `status_dir`; the file's first line says who.

    The kernel gives it back when the last process ends that has it open:
    this one, and those that it was passed on to as a descriptor.
    """

    def __init__(self, status_dir: Path) -> None:
        """Take it; raises JournalError if another daemon has it.

        Waits for the processes of a daemon that was killed.
        """
        require_folder(status_dir)
        path = status_dir / FILE_NAME
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise JournalError(
                f"{path}: cannot be opened: {error.strerror}; {HINT}"
            ) from error
        try:
            self._take(status_dir)
        except BaseException:
            self.release()
            raise
        with contextlib.suppress(OSError):  # a full disk stops nobody here
            os.ftruncate(self.descriptor, 0)
            os.pwrite(self.descriptor, f"{os.getpid()}\n".encode(), 0)

    def _take(self, status_dir: Path) -> None:
        begun = time.monotonic()
        while not _try(self.descriptor, fcntl.LOCK_EX):
            owner = _owner(self.descriptor)
            patience = GLIMPSE_SECONDS if _lives(owner) else ORPHAN_SECONDS
            if time.monotonic() - begun > patience:
                raise JournalError(
                    f"status_dir {status_dir}: another daemon works with it,"
                    f" process {owner or 'unknown'}; stop that one, or give"
                    " this one a status_dir of its own"
                )
            time.sleep(_GLANCE)

    def release(self) -> None:
        """Give it back, unless another process holds on to it."""
        os.close(self.descriptor)


def running_daemon(status_dir: Path) -> int | None:
    """Return the process id of the daemon on `status_dir`; None: none runs.

    0: it cannot be told which.
    """
    try:
        descriptor = os.open(status_dir / FILE_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalError(
            f"{status_dir / FILE_NAME}: cannot be read: {error.strerror}"
        ) from error
    try:
        if _try(descriptor, fcntl.LOCK_SH):
            return None
        return _owner(descriptor)
    finally:
        os.close(descriptor)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


def _owner(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else 0


def _lives(process: int) -> bool:
    if not process:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
