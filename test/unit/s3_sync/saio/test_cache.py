# SPDX-License-Identifier: Apache-2.0
"""Does the cache answer as Swift's memcached client does?"""

import unittest

from s3_sync.saio.cache import Cache, filter_factory


class Clock:
    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


class CacheTest(unittest.TestCase):
    def setUp(self):
        self.clock = Clock()
        self.cache = Cache(self.clock, max_keys=3)

    def test_what_is_set_is_got(self):
        self.cache.set("k", {"a": [1, None]}, time=60)
        self.assertEqual({"a": [1, None]}, self.cache.get("k"))

    def test_what_was_never_set_is_none(self):
        self.assertIsNone(self.cache.get("k", raise_on_error=True))

    def test_a_value_lives_as_long_as_it_was_told(self):
        self.cache.set("k", 1, time=60)
        self.clock.time += 59
        self.assertEqual(1, self.cache.get("k"))
        self.clock.time += 1
        self.assertIsNone(self.cache.get("k"))

    def test_without_a_time_a_value_stays(self):
        self.cache.set("k", 1)
        self.clock.time += 1e9
        self.assertEqual(1, self.cache.get("k"))

    def test_a_change_of_the_object_does_not_change_the_cache(self):
        value = {"a": 1}
        self.cache.set("k", value)
        value["a"] = 2
        self.cache.get("k")["a"] = 3
        self.assertEqual({"a": 1}, self.cache.get("k"))

    def test_tuples_and_bytes_come_back_as_from_memcached(self):
        self.cache.set("tuple", (1, 2))
        self.cache.set("bytes", b"abc")
        self.assertEqual([1, 2], self.cache.get("tuple"))
        self.assertEqual("abc", self.cache.get("bytes"))

    def test_a_counter_starts_at_nothing_and_never_falls_below(self):
        self.assertEqual(2, self.cache.incr("n", 2))
        self.assertEqual(1, self.cache.decr("n"))
        self.assertEqual(0, self.cache.decr("n", 5))

    def test_what_is_deleted_is_gone(self):
        self.cache.set("k", 1)
        self.cache.delete("k")
        self.cache.delete("k", server_key="s")
        self.assertIsNone(self.cache.get("k"))

    def test_several_values_come_in_the_order_asked_for(self):
        self.cache.set_multi({"a": 1, "b": 2}, "server", time=60)
        self.assertEqual(
            [2, None, 1], self.cache.get_multi(["b", "x", "a"], "server")
        )

    def test_a_full_cache_starts_anew_rather_than_grow(self):
        for key in "abcd":
            self.cache.set(key, key)
        self.assertIsNone(self.cache.get("a"))
        self.assertEqual("d", self.cache.get("d"))

    def test_a_known_key_fits_into_a_full_cache(self):
        for key in "abca":
            self.cache.set(key, key)
        self.assertEqual("b", self.cache.get("b"))


class FilterTest(unittest.TestCase):
    def test_all_requests_share_one_cache(self):
        seen = []
        app = filter_factory({})(lambda env, start: seen.append(env))
        app({"PATH_INFO": "/"}, None)
        app({"PATH_INFO": "/"}, None)
        seen[0]["swift.cache"].set("k", 1)
        self.assertEqual(1, seen[1]["swift.cache"].get("k"))
