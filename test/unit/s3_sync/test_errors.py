# SPDX-License-Identifier: Apache-2.0
"""Does an error tell who is at fault, and where?"""

import unittest

from s3_sync import errors


class ConfigErrorTest(unittest.TestCase):
    def test_every_problem_is_a_line_led_by_the_file(self):
        error = errors.ConfigError("/etc/x", ["a: expected b", "c: is d"])
        self.assertEqual("/etc/x: a: expected b\n/etc/x: c: is d", str(error))
        self.assertEqual("/etc/x", error.source)
        self.assertEqual(["a: expected b", "c: is d"], error.problems)


class StoreErrorTest(unittest.TestCase):
    def test_it_names_store_operation_object_and_reason(self):
        error = errors.Refused("s3/b", "put_object", "a b", "no")
        self.assertEqual("s3/b: put_object 'a b': no", str(error))
        self.assertEqual(
            ("s3/b", "put_object", "a b", "no"),
            (error.store, error.operation, error.name, error.detail),
        )

    def test_without_an_object_it_names_none(self):
        error = errors.SiteUnavailable("s3/b", "list", "", "time-out")
        self.assertEqual("s3/b: list: time-out", str(error))

    def test_a_line_break_in_a_name_does_not_break_the_message(self):
        error = errors.NotFound("s3", "get", "a\nb", "gone")
        self.assertNotIn("\n", str(error))

    def test_only_the_site_s_faults_are_of_the_site(self):
        leaves = errors.StoreError.__subclasses__()
        of_site = [leaf.__name__ for leaf in leaves if leaf.of_site]
        self.assertEqual(["SiteUnavailable"], of_site)
        for leaf in errors.SiteUnavailable.__subclasses__():
            self.assertTrue(leaf.of_site, leaf)

    def test_it_says_how_long_the_site_wants_to_be_left_alone(self):
        error = errors.Throttled("s3/b", "put", "x", "slow down", 5.0)
        self.assertEqual((5.0, False), (error.retry_after, error.lasting))
        error = errors.SiteUnavailable("s3/b", "put", "x", "down")
        self.assertIsNone(error.retry_after)

    def test_one_class_catches_everything_of_ours(self):
        for name, value in vars(errors).items():
            if isinstance(value, type):
                with self.subTest(name):
                    self.assertTrue(issubclass(value, errors.S3SyncError))
