# SPDX-License-Identifier: Apache-2.0
"""What does the proxy remember without a memcached?"""

import json
import time as clock
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_MAX_KEYS = 50_000

WSGIApp = Callable[..., Iterable[bytes]]


class Cache:
    """The calls of Swift's memcached client, answered within a process.

    What only concerns network and servers is accepted and ignored. Only one
    process may serve the proxy: another one would not see what this one has
    forgotten.
    """

    memcache_servers = ()

    def __init__(
        self,
        now: Callable[[], float] = clock.monotonic,
        max_keys: int = _MAX_KEYS,
    ) -> None:
        self._now = now
        self._max_keys = max_keys
        self._values: dict[str, tuple[str, float]] = {}

    def get(self, key: str, **_: object) -> Any:
        """Return the value of `key`, None if there is none any more."""
        text, end = self._values.get(key, ("null", 0.0))
        if end and end <= self._now():
            del self._values[key]
            return None
        return json.loads(text)

    def set(
        self, key: str, value: Any, *, time: float = 0, **_: object
    ) -> None:
        """Remember `value` for `time` seconds, for good if that is 0."""
        if key not in self._values and len(self._values) >= self._max_keys:
            self._values.clear()
        if isinstance(value, bytes):
            value = value.decode()
        # Through JSON, as with memcached: tuples come back as lists, and
        # nobody changes a value in place.
        end = self._now() + float(time) if time else 0.0
        self._values[key] = (json.dumps(value), end)

    def incr(self, key: str, delta: int = 1, time: float = 0) -> int:
        """Add `delta` to a counter, which never falls below 0."""
        value = max(0, int(self.get(key) or 0) + int(delta))
        self.set(key, value, time=time)
        return value

    def decr(self, key: str, delta: int = 1, time: float = 0) -> int:
        """Take `delta` from a counter."""
        return self.incr(key, -int(delta), time)

    def delete(self, key: str, *_: object, **__: object) -> None:
        """Forget `key`."""
        self._values.pop(key, None)

    def set_multi(
        self,
        mapping: Mapping[str, Any],
        *_: object,
        time: float = 0,
        **__: object,
    ) -> None:
        """Remember several values."""
        for key, value in mapping.items():
            self.set(key, value, time=time)

    def get_multi(
        self, keys: Iterable[str], *_: object, **__: object
    ) -> list[Any]:
        """Return several values, None for those that are not there."""
        return [self.get(key) for key in keys]


class CacheFilter:
    """WSGI middleware that lends the proxy a cache."""

    def __init__(self, app: WSGIApp, cache: Cache) -> None:
        self._app = app
        self._cache = cache

    def __call__(
        self, env: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Pass the request on, with `swift.cache` in its environment."""
        env["swift.cache"] = self._cache
        return self._app(env, start_response)


def filter_factory(
    *_: Mapping[str, str], **__: str
) -> Callable[[WSGIApp], CacheFilter]:
    """Return what paste puts into a pipeline."""
    cache = Cache()
    return lambda app: CacheFilter(app, cache)
