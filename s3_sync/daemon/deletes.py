# SPDX-License-Identifier: Apache-2.0
"""Which deletes wait to be sent together?"""

from container_crawler.container import Container
from s3_sync.daemon.task import Task

FULL = 1000
LONGEST_WAIT = 1.0
"""Seconds."""


class Deletes:
    """Decided deletes by container, until a batch is full or old."""

    def __init__(self) -> None:
        self._waiting: dict[Container, dict[str, Task]] = {}
        self._since: dict[Container, float] = {}

    def add(self, task: Task, now: float) -> list[Task]:
        """Add a delete; return the batch when that made it full, else []."""
        batch = self._waiting.setdefault(task.container, {})
        self._since.setdefault(task.container, now)
        batch[task.row.name] = task
        return self._take(task.container) if len(batch) >= FULL else []

    def withdraw(self, newer: Task) -> Task | None:
        """Take back the delete that `newer` makes needless.

        None: there is none, or it is the newer one.
        """
        batch = self._waiting.get(newer.container, {})
        older = batch.get(newer.row.name)
        if older is None or not older.is_older_than(newer):
            return None
        return batch.pop(newer.row.name)

    def due(self, now: float) -> list[list[Task]]:
        """Return the batches that have waited long enough by `now`."""
        old = [
            container
            for container, since in self._since.items()
            if now >= since + LONGEST_WAIT
        ]
        return [batch for batch in map(self._take, old) if batch]

    def _take(self, container: Container) -> list[Task]:
        del self._since[container]
        return list(self._waiting.pop(container).values())
