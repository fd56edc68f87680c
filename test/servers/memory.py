# SPDX-License-Identifier: Apache-2.0
"""How much memory did the servers of a run need?"""

import os
from pathlib import Path

NOTES = "S3_SYNC_TEST_MEMORY"
"""Names the file in which servers note it when they end."""


def note_memory(server: str, mebibytes: int) -> None:
    """Append what a server needed at most, if anybody wants to know."""
    if path := os.environ.get(NOTES):
        with Path(path).open("a") as notes:
            notes.write(f"{server} {mebibytes}\n")


def read_notes(path: Path) -> dict[str, int]:
    """Return the most that a server of each name needed, in MiB."""
    most: dict[str, int] = {}
    for line in path.read_text().splitlines():
        server, mebibytes = line.split()
        most[server] = max(most.get(server, 0), int(mebibytes))
    return most
