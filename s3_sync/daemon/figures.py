# SPDX-License-Identifier: Apache-2.0
"""Which figures does an operator's dashboard get of the rules?"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from s3_sync.config import Rule
from s3_sync.daemon.statsd import COUNTER, GAUGE, TIMER, Figure, Statsd
from s3_sync.daemon.totals import Totals
from s3_sync.model.decide import Op

NAMES = {
    Op.PUT.value: "copied_objects",
    Op.POST.value: "posted_objects",
    Op.DELETE.value: "deleted_objects",
    Op.SKIP.value: "skipped_objects",
    Op.NOTHING.value: "unchanged_objects",
    "parked": "parked_rows",
}
"""By their names in the totals. Some are the predecessor's."""


class Handler(Protocol):
    """What is looked at of the handler of a rule."""

    rule: Rule
    totals: Totals
    under_way: int

    @property
    def paused(self) -> bool:
        """Whether it waits for its site."""
        ...


class Figures:
    """Tells a statsd server what has changed since it was told last.

    `process` tells this one from others of the node, None: it is alone.
    `requests` returns how many were sent so far, by whom they were sent to.
    """

    def __init__(
        self,
        statsd: Statsd,
        handlers: Iterable[Handler],
        requests: Callable[[], Mapping[str, int]],
        process: int | None = None,
    ) -> None:
        self._statsd = statsd
        self._handlers = list(handlers)
        self._requests = requests
        self._suffix = () if process is None else (str(process),)
        self._told: Counter[tuple[str, ...]] = Counter()

    def report(self) -> None:
        """Send all that has changed, and the state of each rule."""
        self._statsd.send(list(self._figures()))

    def _figures(self) -> Iterator[Figure]:
        for handler in self._handlers:
            yield from self._of_rule(handler, _place(handler.rule))
        for name, count in self._requests().items():
            yield from self._counter((f"{name}_requests",), count)

    def _of_rule(
        self, handler: Handler, place: tuple[str, ...]
    ) -> Iterator[Figure]:
        for key, name in NAMES.items():
            count = handler.totals.counts[key]
            yield from self._counter((*place, name), count)
        yield from self._counter((*place, "bytes"), handler.totals.bytes)
        slowest = handler.totals.take_slowest()
        if slowest is not None:
            yield Figure((*place, "lag"), round(slowest * 1000), TIMER)
        gauges = {"under_way": handler.under_way, "paused": handler.paused}
        for name, value in gauges.items():
            yield Figure((*place, name, *self._suffix), int(value), GAUGE)

    def _counter(self, name: tuple[str, ...], count: int) -> Iterator[Figure]:
        more = count - self._told[name]
        self._told[name] = count
        if more:
            yield Figure(name, more, COUNTER)


def _place(rule: Rule) -> tuple[str, ...]:
    """Return where a rule's figures stand, as they did with the predecessor.

    Two rules never have the same place: their keys would be the same ones.
    """
    bucket = rule.bucket
    if rule.custom_prefix:
        bucket += f"/{rule.custom_prefix}"
    return rule.site.endpoint or "S3", rule.account, bucket, rule.container
