# SPDX-License-Identifier: Apache-2.0
"""Are endpoints told apart, and Amazon's from everybody else's?"""

import unittest

from s3_sync.config.endpoint import (
    address,
    amazon_region,
    canonical,
    default_region,
    is_amazon,
    is_amazon_sts,
    is_loopback,
    is_open,
    is_within,
    partition,
)


class SpellingTest(unittest.TestCase):
    def test_every_spelling_of_an_endpoint_becomes_the_same(self):
        for text, expected in {
            "https://s3.example.com": "https://s3.example.com",
            "HTTPS://S3.Example.COM:443/": "https://s3.example.com",
            "http://h:80": "http://h",
            "http://h:": "http://h",
            "http://h:443": "http://h:443",
            "https://h:8443/": "https://h:8443",
            "http://under_score-1:9000": "http://under_score-1:9000",
            "http://127.0.0.1:9000": "http://127.0.0.1:9000",
            "http://[::1]:9000": "http://[::1]:9000",
            "http://[0:0::0001]:80": "http://[::1]",
        }.items():
            with self.subTest(text):
                self.assertEqual(expected, canonical(text))

    def test_a_bad_endpoint_is_refused_without_being_shown(self):
        for text, expected in {
            "": "ASCII",
            "http://a b": "ASCII",
            "http://ä.example": "ASCII",
            "http://a\nb": "ASCII",
            "ftp://hush": "begins with http",
            "hush": "begins with http",
            "hush:9000": "begins with http",
            "http://user:hush@h": "without user name",
            "http://hush@h": "without user name",
            "http://@h": "without user name",
            "http://h/?hush": "without query",
            "http://h/#hush": "without query",
            "http://h?": "without query",
            "http://h/hush": "without a path",
            "http://h//": "without a path",
            "http://": "valid host",
            "http:///": "valid host",
            "http://:80": "valid host",
            "http://-hush": "valid host",
            "http://hush.": "valid host",
            "http://hu..sh": "valid host",
            "http://hu%73h": "valid host",
            "http://[hush": "valid host",
            "http://[v1:hush]": "valid host",
            "http://[v1.hush:x]": "valid host",
            "http://[::hush]": "valid host",
            "http://h:hush": "valid host",
            "http://h:65536": "valid host",
            "http://h:0": "1 to 65535",
        }.items():
            with self.subTest(text):
                with self.assertRaisesRegex(ValueError, expected) as raised:
                    canonical(text)
                self.assertNotIn("hush", str(raised.exception))

    def test_the_port_that_is_not_written_is_the_schemes(self):
        self.assertEqual(("h", 80), address("http://h"))
        self.assertEqual(("h", 443), address("https://h"))
        self.assertEqual(("::1", 9000), address("http://[::1]:9000"))


class AmazonTest(unittest.TestCase):
    def test_amazons_endpoints_are_known_with_their_regions(self):
        for host, region in {
            "s3.amazonaws.com": None,
            "s3.eu-west-1.amazonaws.com": "eu-west-1",
            "s3-us-west-2.amazonaws.com": "us-west-2",
            "s3.dualstack.ap-southeast-4.amazonaws.com": "ap-southeast-4",
            "s3-fips.us-gov-west-1.amazonaws.com": "us-gov-west-1",
            "s3-fips.dualstack.us-east-1.amazonaws.com": "us-east-1",
            "s3-accelerate.amazonaws.com": None,
            "s3-accelerate.dualstack.amazonaws.com": None,
            "s3-external-1.amazonaws.com": None,
            "s3.cn-north-1.amazonaws.com.cn": "cn-north-1",
            "s3.eusc-de-east-1.amazonaws.eu": "eusc-de-east-1",
            "bucket.vpce-1a2b-3c.s3.us-east-1.vpce.amazonaws.com": "us-east-1",
        }.items():
            with self.subTest(host):
                self.assertTrue(is_amazon(f"https://{host}"))
                self.assertEqual(region, amazon_region(f"https://{host}"))

    def test_no_endpoint_is_amazons(self):
        self.assertTrue(is_amazon(None))
        self.assertIsNone(amazon_region(None))

    def test_hosts_of_others_are_not_amazons(self):
        for host in (
            "s3.example.com",
            "amazonaws.com",
            "s3.amazonaws.com.example.com",
            "s3.amazonaws.org",
            "evils3.amazonaws.com",
            "s3xamazonaws.com",
            "s3-trap-123.eu-west-1.elb.amazonaws.com",
            "s3.eu-west-1.elb.amazonaws.com",
            "ec2-1-2-3-4.eu-west-1.compute.amazonaws.com",
            "trap.execute-api.eu-west-1.amazonaws.com",
            "s3-website-us-east-1.amazonaws.com",
            "mybucket.s3.amazonaws.com",
        ):
            with self.subTest(host):
                self.assertFalse(is_amazon(f"https://{host}"))
                self.assertIsNone(amazon_region(f"https://{host}"))

    def test_regions_share_bucket_names_within_a_partition(self):
        for endpoint, region, expected in (
            (None, None, "aws"),
            (None, "eu-west-1", "aws"),
            (None, "cn-north-1", "aws-cn"),
            (None, "us-gov-east-1", "aws-us-gov"),
            (None, "eusc-de-east-1", "aws-eusc"),
            ("https://s3.amazonaws.com", None, "aws"),
            ("https://s3.cn-north-1.amazonaws.com.cn", None, "aws-cn"),
            ("https://s3.eusc-de-east-1.amazonaws.eu", None, "aws-eusc"),
        ):
            with self.subTest((endpoint, region)):
                self.assertEqual(expected, partition(endpoint, region))

    def test_the_default_region_is_one_of_the_same_part(self):
        for endpoint, expected in (
            (None, "us-east-1"),
            ("https://s3.example.com", "us-east-1"),
            ("https://s3.amazonaws.com.cn", "cn-north-1"),
            ("https://s3.amazonaws.eu", "eusc-de-east-1"),
        ):
            with self.subTest(endpoint):
                self.assertEqual(expected, default_region(endpoint))

    def test_amazons_token_services_are_told_from_others(self):
        for host, expected in (
            ("sts.amazonaws.com", True),
            ("sts.eu-west-1.amazonaws.com", True),
            ("sts-fips.us-east-1.amazonaws.com", True),
            ("sts.cn-north-1.amazonaws.com.cn", True),
            ("sts.evil.elb.amazonaws.com", False),
            ("sts.amazonaws.com.evil.example", False),
            ("s3.amazonaws.com", False),
        ):
            with self.subTest(host):
                self.assertEqual(expected, is_amazon_sts(f"https://{host}"))


class WayTest(unittest.TestCase):
    def test_this_machine_is_told_from_others(self):
        for host, expected in (
            ("localhost", True),
            ("s3.localhost", True),
            ("127.0.0.1", True),
            ("127.255.0.7", True),
            ("[::1]", True),
            ("10.0.0.1", False),
            ("0.0.0.0", False),
            ("localhost.example.com", False),
            ("notlocalhost", False),
            ("127.0.0.1.example.com", False),
        ):
            with self.subTest(host):
                self.assertEqual(expected, is_loopback(f"http://{host}:9"))

    def test_plain_http_beyond_this_machine_is_open(self):
        self.assertTrue(is_open("http://s3.example.com"))
        self.assertFalse(is_open("https://s3.example.com"))
        self.assertFalse(is_open("http://127.0.0.1:9000"))
        self.assertFalse(is_open(None))


class WithinTest(unittest.TestCase):
    def test_requests_stay_with_the_host_and_the_names_below_it(self):
        site = "https://s3.example.com:8443"
        for url, expected in (
            ("https://s3.example.com:8443/bucket/key", True),
            ("https://bucket.s3.example.com/key", True),
            ("https://S3.Example.com/key", True),
            ("http://s3.example.com:8443/key", False),
            ("https://evils3.example.com/key", False),
            ("https://example.com/key", False),
            ("https://s3.example.com.evil.example/key", False),
            ("https://s3.example.com@evil.example/key", False),
            ("/key", False),
        ):
            with self.subTest(url):
                self.assertEqual(expected, is_within(url, site))

    def test_a_site_of_plain_http_may_turn_to_https(self):
        self.assertTrue(is_within("https://h/", "http://h"))
        self.assertTrue(is_within("http://h/", "http://h"))

    def test_amazon_is_every_s3_of_amazon_by_https(self):
        for url, expected in (
            ("https://s3.eu-west-1.amazonaws.com/b/k", True),
            ("https://b.s3-eu-west-1.amazonaws.com/k", True),
            ("https://my.bucket.s3.dualstack.eu-west-1.amazonaws.com", True),
            ("http://s3.eu-west-1.amazonaws.com/b/k", False),
            ("https://s3.eu-west-1.elb.amazonaws.com/b/k", False),
            ("https://s3.amazonaws.com.evil.example/b/k", False),
        ):
            with self.subTest(url):
                self.assertEqual(expected, is_within(url, None))
