# SPDX-License-Identifier: Apache-2.0
"""What can happen to a container, its site, its node, in any order at all?

While a request is under way other things happen too: that is where a slow
old action could overtake a newer one.
"""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

from container_crawler.points import PRIMARY, SyncPoint
from container_crawler.slices import Slice
from container_crawler.window import Window
from s3_sync.errors import Refused
from s3_sync.replication.journal import Journal
from test.doubles.memory_body import MemoryBody
from test.unit.s3_sync.daemon.handling import DOWN, Handling

NAMES = ("a", "b", "c", "d")
CHANGING = ("PUT", "POST", "DELETE")
DEEPEST = 3
SHARE = Slice(0, 1)
HINDRANCES = (
    DOWN,
    Refused("memory", "put", "", "the site does not like it"),
    ValueError("a mistake"),
)


class Chances:
    """A container, a handler, and a crawler that is just enough of one."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.it = Handling(folder, capacity=self.chance.choice((1, 3, 50)))
        self.overlaps: list[str] = []
        self.told: Counter[tuple[int, int]] = Counter()
        self.acting: set[str] = set()
        self.life = 0
        self.depth = 0
        self.trouble: Exception | None = None
        for _ in range(self.chance.randrange(8)):
            self.user()
        self._leave_copies_of_the_predecessor()
        self._begin()
        self.it.remote.before = self._at_the_remote
        self.it.swift.before = self._at_swift

    def _leave_copies_of_the_predecessor(self) -> None:
        for name in sorted(self.it.swift.objects):
            if self.chance.random() < 0.3:
                version = self.it.swift.objects[name]
                info = replace(version.info, stamps=None)
                self.it.remote.put(name, MemoryBody(version.content), info)

    # What can happen.

    def step(self) -> None:
        """Let one thing happen."""
        self.chance.choice(
            [self.user] * 3
            + [self.crawl] * 5
            + [self.work] * 6
            + [self.tick] * 3
            + [self.get_better] * 2
            + [self.get_worse, self.lag, self.die]
        )()

    def user(self) -> None:
        """Write, change or delete an object."""
        name = self.chance.choice(NAMES)
        swift = self.it.swift
        act = self.chance.choice(("put", "put", "post", "delete"))
        if act == "put":
            size = self.chance.choice((0, 5, 100))
            swift.put(name, self.chance.randbytes(size))
        elif act == "delete":
            swift.delete(name)
        elif name in swift.objects:
            colour = str(self.chance.randrange(1000))
            swift.post(name, metadata={"colour": colour})

    def crawl(self) -> None:
        """Hand out the next row, and save how far it is."""
        self._save()
        if not self.it.handler.room():
            return
        read = self.window.last_read
        for row in self.it.swift.rows:
            if row.rowid > read:
                self.window.open(row.rowid)
                self.open.add(row.rowid)
                self.it.done[row.rowid] = _Told(self, row.rowid, self.life)
                self.it.hand_out(
                    row,
                    verify=self.chance.random() < 0.2,
                    existed=row.rowid <= self.existed_until,
                )
                return

    def work(self) -> None:
        """Let some worker do something."""
        waiting = self.it.workers.waiting
        if waiting:
            self.it.workers.run(self.chance.randrange(len(waiting)))

    def tick(self) -> None:
        """Let time go by, mostly little."""
        self.it.now += self.chance.choice((0, 0.3, 1, 1, 2, 30, 400))
        self.it.handler.tick()

    def get_worse(self) -> None:
        """Make the site, the disk or the source a hindrance."""
        if self.chance.random() < 0.2:
            self.it.write_protect(True)
        else:
            self.trouble = self.chance.choice(HINDRANCES)

    def get_better(self) -> None:
        """Let all go well again."""
        self.it.write_protect(False)
        self.trouble = None
        self.it.swift.behind.clear()
        self.it.swift.broken.clear()

    def lag(self) -> None:
        """Let a replica stay behind, or an object server hang up."""
        name = self.chance.choice(NAMES)
        if self.chance.random() < 0.5:
            self.it.swift.behind[name] = self.it.swift.objects.get(name)
        else:
            self.it.swift.broken.add(name)

    def die(self) -> None:
        """Kill the process and start another, at times."""
        if self.depth or self.chance.random() < 0.7:
            return
        self.it.write_protect(False)
        path = self.it.journal.path.parent
        self.it.journal.close()
        self.it.journal = Journal(path)
        self.it.start(capacity=self.chance.choice((1, 3, 50)))
        self._begin()

    # How it is looked at.

    def _begin(self) -> None:
        points = list(self.it.handler.sync_points(self.it.swift.id))
        start = points[0] if points else None
        newest = max((row.rowid for row in self.it.swift.rows), default=0)
        self.existed_until = start.existed_until if start else newest
        self.window = Window(start.rowid if start else 0)
        self.open: set[int] = set()
        self.life += 1
        self.it.swift.opened = 0
        self.acting.clear()
        self._save()

    def end(self, life: int, rowid: int, durable: bool) -> None:
        """Note that a row's end was told."""
        if life is not self.life:
            return  # the dead tell nothing
        self.told[self.life, rowid] += 1
        if durable:
            self.window.close(rowid)
            self.open.remove(rowid)

    def _save(self) -> None:
        point = SyncPoint(
            self.it.swift.id,
            PRIMARY,
            SHARE,
            self.window.sync_point,
            self.existed_until,
        )
        self.it.handler.save(self.it.swift.container, [point])

    def _at_the_remote(self, operation: str, name: str) -> None:
        if operation not in CHANGING:
            if operation != "LIST":  # others would wait for its answer
                self._meanwhile()
            self._hinder()
            return
        if name in self.acting:
            self.overlaps.append(f"{operation} {name}")
        self.acting.add(name)
        try:
            self._meanwhile()
            self._hinder()
        finally:
            self.acting.discard(name)

    def _at_swift(self, operation: str, name: str) -> None:
        self._meanwhile()

    def _meanwhile(self) -> None:
        """Let other things happen while a request is under way."""
        if self.depth >= DEEPEST:
            return
        self.depth += 1
        for _ in range(self.chance.randrange(3)):
            self.chance.choice((self.user, self.crawl, self.work, self.tick))()
        self.depth -= 1

    def _hinder(self) -> None:
        if self.trouble and self.chance.random() < 0.7:
            raise self.trouble

    # The end.

    def come_to_rest(self) -> None:
        """Let all go well and everything be done."""
        self.depth = DEEPEST  # no more surprises
        self.get_better()
        self.it.remote.before = lambda *_: None
        for _ in range(500):
            self.it.workers.run_all()
            self.crawl()
            self.it.workers.run_all()
            self.it.now += 2
            self.it.handler.tick()
            if self._is_idle():
                return
            self.it.now += 3600 if self.it.parked else 0
        raise AssertionError("it never comes to rest")

    def _is_idle(self) -> bool:
        rows = self.it.swift.rows
        return not (
            self.open
            or self.it.workers.waiting
            or self.it.parked
            or self.it.handler.under_way
            or (rows and rows[-1].rowid > self.window.last_read)
        )

    def differences(self) -> list[str]:
        """Return the names that Swift and the remote disagree about."""
        ours, theirs = self.it.swift.objects, self.it.remote.objects
        found = []
        for name in NAMES:
            here, there = ours.get(name), theirs.get(name)
            if (here and here.content) != (there and there.content):
                found.append(f"{name}: bytes")
            elif here and here.info.metadata != there.info.metadata:
                found.append(f"{name}: metadata")
        return found


class _Told:
    """Stands where a row's end is told."""

    def __init__(self, chances: Chances, rowid: int, life: int) -> None:
        self._chances, self._rowid, self._life = chances, rowid, life

    def append(self, durable: bool) -> None:
        self._chances.end(self._life, self._rowid, durable)
