# SPDX-License-Identifier: Apache-2.0
"""Do values say what the rest needs to know?"""

import dataclasses
import unittest

from pydantic import SecretStr

from s3_sync.config import Rule, Site
from test.unit.s3_sync.config.written import CLONE, document, loaded

SITE = Site("https://s3.example.com", SecretStr("i"), SecretStr("s"))
RULE = Rule("AUTH_a", "c", "bucket", SITE)


def _changed(**keys):
    return dataclasses.replace(RULE, **keys)


class RuleTest(unittest.TestCase):
    def test_the_id_never_changes(self):
        # Sync points are kept under it on the disks of operators.
        self.assertEqual("5b70fab8864acf09", RULE.id)

    def test_the_id_changes_with_what_goes_where(self):
        elsewhere = dataclasses.replace(
            SITE, endpoint="https://s3.example.com:8443"
        )
        others = [
            _changed(account="AUTH_b"),
            _changed(container="d"),
            _changed(container="/*"),
            _changed(bucket="other"),
            _changed(custom_prefix=""),
            _changed(custom_prefix="p"),
            _changed(propagate_delete=False),
            _changed(metadata_prefix="x-"),
            _changed(site=elsewhere),
            _changed(site=Site()),
        ]
        self.assertEqual(11, len({RULE.id, *(other.id for other in others)}))

    def test_the_id_stays_with_new_credentials_and_tuning(self):
        site = dataclasses.replace(
            SITE, secret=SecretStr("x"), name="a", addressing="path"
        )
        self.assertEqual(RULE.id, _changed(site=site, head_first_size=0).id)

    def test_the_id_is_sixteen_hex_digits(self):
        self.assertRegex(_changed(account="é").id, "^[0-9a-f]{16}$")

    def test_the_name_is_for_people(self):
        self.assertEqual("AUTH_a/c → bucket at s3.example.com", RULE.name)
        every = _changed(container="/*", site=Site())
        self.assertEqual("AUTH_a/* → bucket at Amazon S3", every.name)

    def test_only_a_slash_and_a_star_mean_all_containers(self):
        self.assertTrue(_changed(container="/*").all_containers)
        self.assertFalse(_changed(container="*").all_containers)

    def test_values_are_frozen_and_hashable(self):
        with self.assertRaises(dataclasses.FrozenInstanceError):
            RULE.bucket = "other"
        self.assertEqual(1, len({RULE, _changed()}))


class SiteTest(unittest.TestCase):
    def test_the_label_is_the_host(self):
        self.assertEqual("s3.example.com", SITE.label)
        self.assertEqual("h:9000", Site("http://h:9000").label)
        self.assertEqual("Amazon S3", Site("https://s3.amazonaws.com").label)

    def test_one_endpoint_is_one_place(self):
        self.assertEqual(
            SITE.place, Site("https://s3.example.com", region="x").place
        )
        self.assertEqual(Site("http://h:443").place, Site("https://h").place)
        self.assertNotEqual(Site("http://h").place, Site("https://h").place)
        self.assertNotEqual(Site("http://h").place, Site("http://h:81").place)

    def test_all_regions_of_amazon_are_one_place(self):
        ireland = Site(
            "https://s3.eu-west-1.amazonaws.com", region="eu-west-1"
        )
        self.assertEqual(Site().place, ireland.place)
        self.assertNotEqual(Site().place, Site(region="cn-north-1").place)

    def test_a_site_is_the_same_under_another_name(self):
        self.assertEqual(SITE, dataclasses.replace(SITE, name="a", origins={}))
        self.assertNotEqual(SITE, dataclasses.replace(SITE, region="r"))


class ConfigTest(unittest.TestCase):
    def test_equal_files_give_equal_configurations(self):
        content = document(sites={"a": CLONE})
        one, two = loaded(content), loaded(content)
        self.assertEqual(one, two)
        self.assertEqual(hash(one), hash(two))
        self.assertNotEqual(one, loaded(content | {"workers": 1}))

    def test_a_configuration_cannot_be_changed(self):
        config = loaded(document(sites={"a": CLONE}))
        with self.assertRaises(dataclasses.FrozenInstanceError):
            config.workers = 2
        with self.assertRaises(TypeError):
            config.sites["b"] = SITE
