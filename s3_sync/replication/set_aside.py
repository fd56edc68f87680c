# SPDX-License-Identifier: Apache-2.0
"""What becomes of a journal that cannot be worked with?"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s3_sync.errors import JournalError, JournalUnusable
from s3_sync.replication.journal import Journal
from s3_sync.replication.journal_file import COMPANIONS, FILE_NAME, HINT

LOGGER = logging.getLogger(__name__)


def open_journal(status_dir: Path) -> Journal:
    """Open the journal, or begin a new one beside one that is unusable.

    The old one is renamed, never deleted. Without sync points, the rules
    compare every row of every container with the remote. Raises
    JournalError.
    """
    path = status_dir / FILE_NAME
    found = _inode(path)
    try:
        return Journal(status_dir)
    except JournalUnusable as error:
        _set_aside(path, found, error)
    return Journal(status_dir)


def set_aside_if_broken(journal: Journal) -> None:
    """Rename the file of an open journal that turned out to be damaged.

    Do it before the journal is closed: SQLite, which would else write the
    WAL back, leaves a file alone that was moved. Raises JournalError.
    """
    file = journal.file
    if file.unusable:
        _set_aside(file.path, file.inode, file.unusable)


def _set_aside(path: Path, inode: int | None, why: JournalUnusable) -> None:
    """Rename the file of this inode and what SQLite keeps beside it.

    The companions go first: a new journal would take an old WAL for its own.
    """
    with _alone(path.parent):
        if _inode(path) != inode:
            return  # another process of ours was here
        target = _free_name(path, why.reason)
        for end in (*COMPANIONS, ""):
            source = path.with_name(path.name + end)
            if source.exists():
                source.rename(target.with_name(target.name + end))
    LOGGER.error(
        "%s; it was moved to %s and a new one begins: every container is"
        " compared with the remote again",
        why,
        target,
    )


def _free_name(path: Path, reason: str) -> Path:
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    first = path.with_name(f"{path.name}.{reason}-{stamp}")
    name, number = first, 1
    while name.exists():
        number += 1
        name = first.with_name(f"{first.name}-{number}")
    return name


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep the daemon's other processes from doing the same."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        raise JournalError(
            f"journal in {folder}: cannot set it aside: {error}; {HINT}"
        ) from error
