# SPDX-License-Identifier: Apache-2.0
"""What becomes of a journal that cannot be worked with?"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from s3_sync.errors import JournalError, JournalUnusable
from s3_sync.replication.journal import Journal
from s3_sync.replication.journal_file import (
    COMPANIONS,
    FILE_NAME,
    HINT,
    require_folder,
)

LOGGER = logging.getLogger(__name__)


def open_journal(status_dir: Path) -> Journal:
    """Open the journal, or begin a new one beside one that is unusable.

    The old one is renamed, never deleted. Without sync points, the rules
    compare every row of every container with the remote. One process does
    it at a time. Raises JournalError.
    """
    require_folder(status_dir)
    with _alone(status_dir):
        try:
            return Journal(status_dir)
        except JournalUnusable as error:
            _set_aside(status_dir / FILE_NAME, error)
        return Journal(status_dir)


def set_aside_if_broken(journal: Journal) -> None:
    """Rename the file of an open journal that turned out to be damaged.

    Do it before the journal is closed: SQLite, which would else write the
    WAL back, leaves a file alone that was moved. Raises JournalError.
    """
    file = journal.file
    if file.unusable:
        with _alone(file.path.parent):
            if not file.replaced:  # by another process of ours
                _set_aside(file.path, file.unusable)


def _set_aside(path: Path, why: JournalUnusable) -> None:
    """Rename the file and what SQLite keeps beside it.

    The companions go first: a new journal would take an old WAL for its own.
    """
    target = _free_name(path, why.reason)
    for end in (*COMPANIONS, ""):
        with suppress(FileNotFoundError):  # who closes it may delete it
            path.with_name(path.name + end).rename(
                target.with_name(target.name + end)
            )
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
            f"journal in {folder}: cannot be opened: {error}; {HINT}"
        ) from error
