# SPDX-License-Identifier: Apache-2.0
"""Which rows wait until their site, or the journal, is in order again?"""

import logging
import random
from collections.abc import Callable, Iterable
from contextlib import suppress

from container_crawler.container import Container
from s3_sync.concurrency import Timeout, deadline
from s3_sync.daemon.pause import Pause
from s3_sync.daemon.task import Task
from s3_sync.errors import AccessDenied, S3SyncError, SiteUnavailable
from s3_sync.log import event

LOGGER = logging.getLogger(__name__)

PROBE_SECONDS = 15.0
"""How long an answer may take. A connection that a site forgot while it was
away stays silent, and no new one is tried until then."""

Ask = Callable[[Container | None], None]
"""Raise what is out of order; None: no container's rows wait."""


class Waiting:
    """The held rows of one rule, and the probes that end the wait."""

    def __init__(
        self, rule_name: str, ask: Ask, clock: Callable[[], float]
    ) -> None:
        self.pause = Pause()
        self._rule_name = rule_name
        self._ask = ask
        self._clock = clock
        self._held: list[Task] = []
        self._probing = False

    def hold(
        self, tasks: Iterable[Task], error: S3SyncError | None = None
    ) -> None:
        """Keep rows until all is well again; an error begins a pause."""
        for task in tasks:
            task.delayed = True
            self._held.append(task)
        if error and self.pause.begin(
            str(error), self._clock(), _retry_after(error)
        ):
            LOGGER.error(
                event("rule paused", rule=self._rule_name, reason=error)
            )

    def release(self) -> list[Task]:
        """Return the held rows; they are held no more."""
        held, self._held = self._held, []
        return held

    def probe_is_due(self) -> bool:
        """Tell whether to call `probe`; True only once until it has run."""
        if self._probing or self._clock() < self.pause.next_probe:
            return False
        self._probing = True
        return True

    def probe(self) -> bool:
        """Look whether all is well again; if so the pause is over."""
        try:
            self._ask_once()
        except (Exception, Timeout) as error:  # noqa: BLE001  asked again
            jitter = random.random()  # noqa: S311  no secret
            self.pause.probed_in_vain(
                str(error), self._clock(), jitter, _retry_after(error)
            )
            return False
        else:
            self._end()
            return True
        finally:
            self._probing = False

    def _ask_once(self) -> None:
        # Where we may not LIST, the site answers all the same.
        with suppress(AccessDenied), deadline(PROBE_SECONDS):
            self._ask(self._held[0].container if self._held else None)

    def _end(self) -> None:
        seconds = self._clock() - self.pause.since
        LOGGER.warning(
            event(
                "rule goes on",
                rule=self._rule_name,
                paused=f"{seconds:.1f}s",
                reason=self.pause.reason,
            )
        )
        self.pause.end()


def _retry_after(error: BaseException) -> float | None:
    return error.retry_after if isinstance(error, SiteUnavailable) else None
