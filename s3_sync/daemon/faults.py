# SPDX-License-Identifier: Apache-2.0
"""Whose fault is it that a row failed, and what becomes of the row?"""

import enum
from collections.abc import Hashable

from s3_sync.daemon.task import Task
from s3_sync.errors import SendAgain, SiteRefused, StoreError, Throttled

MOST_FAULTS = 3
"""How often the site may fail at one row before the row is blamed."""

MANY = 10
"""Different names that are refused one after the other."""


DISPROVED = ("SignatureDoesNotMatch",)
"""What a probe that succeeds shows to be no fault of the whole site: the
secret is right, but a header of this object changes on the way."""


class Fate(enum.Enum):
    """What becomes of a row at which the site failed."""

    PARK = "it is at fault itself"
    HOLD = "it waits until the site is in order"
    AGAIN = "nothing is wrong; it takes its turn again"


def fate(task: Task, error: StoreError) -> Fate:
    """Judge a row at which the site failed.

    A row that fails again and again, while the site answers between, is at
    fault itself. One that was parked is not worth a pause.
    """
    if isinstance(error, Throttled):
        return Fate.HOLD if error.lasting else Fate.AGAIN
    if isinstance(error, SendAgain):
        return Fate.AGAIN
    if isinstance(error, SiteRefused) and error.code not in DISPROVED:
        return Fate.HOLD
    task.faults += 1
    guilty = task.parked or task.faults > MOST_FAULTS
    return Fate.PARK if guilty else Fate.HOLD


class Refusals:
    """The names that a site refused for one reason, with none between.

    One object may be refused for what it is. When many are, a permission is
    missing, or a policy is against all of them.
    """

    def __init__(self) -> None:
        self._code = ""
        self._names: set[Hashable] = set()

    def are_many(self, task: Task, error: BaseException) -> StoreError | None:
        """Note a refusal; return an error if it makes many.

        After that counting begins anew. Attempts at rows that were refused
        before do not count.
        """
        if not isinstance(error, StoreError) or error.of_site or task.parked:
            return None
        if error.code != self._code:
            self._code = error.code
            self._names.clear()
        self._names.add(task.key)
        if not self._code or len(self._names) < MANY:
            return None
        self._names.clear()
        told = f"{MANY} objects in a row were refused: {error.detail}"
        return SiteRefused(error.store, error.operation, error.name, told)

    def are_like(self, error: BaseException) -> bool:
        """Tell whether an error is what the last refusals were."""
        code = error.code if isinstance(error, StoreError) else ""
        return bool(code) and code == self._code

    def clear(self) -> None:
        """Note that the site did what it was asked."""
        self._names.clear()
