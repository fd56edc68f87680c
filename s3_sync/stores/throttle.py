# SPDX-License-Identifier: Apache-2.0
"""When may the next request go to a site that refuses too many?

All processes of the node keep the pace together: it is in a small file in
`status_dir`, one for each site, changed under a lock that the kernel takes
back when its owner is killed.
"""

import fcntl
import hashlib
import logging
import math
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path

from s3_sync.config import Site
from s3_sync.errors import SiteRefused, StoreError, Throttled
from s3_sync.log import event
from s3_sync.model.pace import Pace

LOGGER = logging.getLogger(__name__)

LONG = 60.0
"""Seconds of refusals only, after which the site counts as down."""

_RECORD = struct.Struct(f"<{len(fields(Pace))}d")
_LOCK_SECONDS = 1.0
_GLANCE_SECONDS = 0.001
_LONGEST_SLEEP = 1.0

Change = Callable[[Pace], Pace]


class SharedPace:
    """A pace that all who open the same file share; None: no file.

    A file that cannot be used is done without: each process then has a pace
    of its own.
    """

    def __init__(self, path: Path | None) -> None:
        self._pace = Pace()
        self._mutex = threading.Lock()
        self._file = self._open(path) if path else None

    def _open(self, path: Path) -> int | None:
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:  # a full disk must not stop the copying
            LOGGER.warning(
                event("each process throttles by itself", reason=error)
            )
            return None

    def read(self) -> Pace:
        """Return the pace."""
        with self._mutex, self._locked():
            return self._load()

    def change(self, change: Change) -> Pace:
        """Replace the pace by what `change` makes of it, and return that."""
        with self._mutex, self._locked():
            self._pace = change(self._load())
            self._save()
            return self._pace

    def close(self) -> None:
        """Close the file."""
        with self._mutex:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._file is None:
            yield
            return
        locked = self._lock(self._file)
        try:
            yield
        finally:
            if locked:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _lock(self, file: int) -> bool:
        """Lock the file; False: its owner seems to be stopped, go on."""
        give_up = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # held for microseconds, usually
                if time.monotonic() > give_up:
                    return False
                time.sleep(_GLANCE_SECONDS)
            else:
                return True

    def _load(self) -> Pace:
        if self._file is None:
            return self._pace
        try:
            record = os.pread(self._file, _RECORD.size, 0)
        except OSError:  # what this process knows is better than nothing
            return self._pace
        if len(record) < _RECORD.size:
            return self._pace
        values = _RECORD.unpack(record)
        pace = Pace(*values)
        if not all(0 <= value < math.inf for value in values):
            return Pace()
        newest = max(pace.refused_at, pace.accepted_at)
        if newest > time.monotonic() + 1:  # from before the machine's start
            return Pace()
        return pace

    def _save(self) -> None:
        if self._file is None:
            return
        record = _RECORD.pack(*vars(self._pace).values())
        with suppress(OSError):  # a full disk: this process still knows it
            os.pwrite(self._file, record, 0)


class Throttle:
    """Lets the requests of one process to one site pass, not too fast.

    `passed` is called when a request that had to wait goes on its way.
    """

    def __init__(
        self,
        shared: SharedPace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.passed: Callable[[], None] = lambda: None
        self.under_way = 0
        """Requests that have been let pass and not been answered."""
        self.active = False
        """Whether requests had to wait when it was last looked at."""
        self.may_wait = 1
        """Workers that may be busy with no request under way."""
        self._shared = shared or SharedPace(None)
        self._clock = clock
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._closing = threading.Event()

    def is_open(self, busy: int) -> bool:
        """Tell whether another worker may begin with work for the site.

        Of those that are `busy` with it, only so many may wait here that
        enough are left for other sites.
        """
        return not self.active or busy - self.under_way < self.may_wait

    @contextmanager
    def request(self, store: str) -> Iterator[float]:
        """Wait until a request may be sent; the block sends it.

        Gives the time at which it was sent. Raises Throttled when the
        throttle is closed.
        """
        sent_at = self._wait(store)
        self._count(1)
        if self.active:
            self.passed()
        try:
            yield sent_at
        finally:
            self._count(-1)

    @contextmanager
    def paced(self, store: str) -> Iterator[None]:
        """Wait until a request may be sent, and learn how the block ends."""
        with self.request(store) as sent_at:
            try:
                yield
            except Throttled as error:
                error.lasting = self.refused(sent_at, error.retry_after)
                raise
            except StoreError as error:
                if isinstance(error, SiteRefused) or not error.of_site:
                    self.accepted()
                raise
            self.accepted()

    def _count(self, change: int) -> None:
        with self._counting:
            self.under_way += change

    def _wait(self, store: str) -> float:
        now = self._clock()
        self.active = self._shared.read().rate > 0
        if not self.active:
            return now
        with self._turn:  # one waits for the site, the others for their turn
            while (wait := self._take()) > 0:
                if self._closing.wait(min(wait, _LONGEST_SLEEP)):
                    raise Throttled(store, "wait", "", "the daemon ends")
            return self._clock()

    def _take(self) -> float:
        """Take the next turn; return the seconds to wait if it is not yet."""
        wait = 0.0

        def take(pace: Pace) -> Pace:
            nonlocal wait
            now = self._clock()
            wait = pace.wait(now)
            return pace if wait > 0 else pace.sent(now)

        self._shared.change(take)
        return wait

    def accepted(self) -> None:
        """Note that the site did not mind a request."""
        self._shared.change(lambda pace: pace.accepted(self._clock()))

    def refused(self, sent_at: float, retry_after: float | None) -> bool:
        """Note that the site asked for fewer; True: for a long time now."""
        now = self._clock()
        pace = self._shared.change(
            lambda pace: pace.refused(sent_at, now, retry_after)
        )
        self.active = True
        return pace.refuses_since(now) > LONG

    def close(self) -> None:
        """Let nobody wait any more."""
        self._closing.set()
        self._shared.close()


class Throttles:
    """The throttle of each site; `folder` is shared by the processes."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._throttles: dict[str, Throttle] = {}

    def of(self, site: Site) -> Throttle:
        """Return the throttle of all rules and processes for a site."""
        place = f"{site.place} {site.region}"
        if place not in self._throttles:
            self._throttles[place] = Throttle(SharedPace(self._path(place)))
        return self._throttles[place]

    def _path(self, place: str) -> Path | None:
        digest = hashlib.sha256(place.encode()).hexdigest()[:16]
        return self._folder / f"pace-{digest}" if self._folder else None

    def share(self, workers: int) -> None:
        """Divide the workers that may wait among the sites.

        One part is left over, for sites that do not make anybody wait.
        """
        for throttle in self._throttles.values():
            throttle.may_wait = max(1, workers // (len(self._throttles) + 1))

    def close(self) -> None:
        """Let nobody wait any more."""
        for throttle in self._throttles.values():
            throttle.close()
