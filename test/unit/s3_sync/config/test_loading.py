# SPDX-License-Identifier: Apache-2.0
"""Does a file become the configuration that it describes?"""

import json
import tempfile
import unittest
from pathlib import Path

from s3_sync.config import Statsd, Syslog, load
from s3_sync.errors import ConfigError
from test.unit.s3_sync.config.written import (
    CLONE,
    RULE,
    document,
    loaded,
    problems,
)


class DefaultsTest(unittest.TestCase):
    def test_what_is_left_out_has_its_default(self):
        config = loaded(document())
        self.assertEqual(Path("/var/lib/x"), config.status_dir)
        self.assertEqual(Path("/etc/swift"), config.swift_dir)
        self.assertEqual(Path("/srv/node"), config.devices)
        self.assertEqual("0.0.0.0", config.swift_bind_ip)
        self.assertEqual(
            (1, 60, 64),
            (config.poll_interval, config.verification_slack, config.workers),
        )
        self.assertEqual(
            ("info", None, None),
            (config.log_level, config.log_file, config.syslog),
        )
        self.assertEqual({}, dict(config.sites))

    def test_a_rules_defaults(self):
        [rule] = loaded(document()).rules
        self.assertIsNone(rule.custom_prefix)
        self.assertTrue(rule.propagate_delete)
        self.assertEqual("swift-", rule.metadata_prefix)
        self.assertEqual(8388608, rule.head_first_size)
        self.assertEqual(
            ("s3", "auto"), (rule.site.protocol, rule.site.addressing)
        )
        self.assertEqual(
            (None, None, ()),
            (rule.versioned, rule.site.provider, rule.site.capabilities),
        )

    def test_the_internal_clients_file_is_in_swifts_folder(self):
        config = loaded(document(swift_dir="/opt/swift"))
        self.assertEqual(
            Path("/opt/swift/internal-client.conf"),
            config.internal_client_path,
        )
        config = loaded(document(internal_client_path="/etc/own.conf"))
        self.assertEqual(Path("/etc/own.conf"), config.internal_client_path)

    def test_what_is_there_replaces_the_default(self):
        config = loaded(
            document(
                RULE | {"propagate_delete": False, "head_first_size": 1},
                log_file="/var/log/x",
                log_level="debug",
                poll_interval=0.5,
                syslog={"host": "h", "port": 1, "proto": "tcp"},
            )
        )
        self.assertFalse(config.rules[0].propagate_delete)
        self.assertEqual(1, config.rules[0].head_first_size)
        self.assertEqual(
            (Path("/var/log/x"), "debug"), (config.log_file, config.log_level)
        )
        self.assertEqual(0.5, config.poll_interval)
        self.assertEqual(Syslog("h", 1, "tcp"), config.syslog)

    def test_an_empty_syslog_means_none(self):
        self.assertIsNone(loaded(document(syslog={})).syslog)
        self.assertEqual(
            Syslog(), loaded(document(syslog={"port": 514})).syslog
        )

    def test_the_environment_is_the_processs_own_unless_given(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "sync.json")
            path.write_text(
                json.dumps(
                    document(RULE | CLONE | {"identity": {"env": "PATH"}})
                )
            )
            self.assertTrue(load(path).rules[0].site.identity)


class SiteTest(unittest.TestCase):
    def test_a_rule_names_a_site(self):
        config = loaded(
            document(RULE | {"site": "b"}, sites={"a": {}, "b": CLONE})
        )
        site = config.rules[0].site
        self.assertIs(config.sites["b"], site)
        self.assertEqual(
            ("b", "https://s3.example.com"), (site.name, site.endpoint)
        )
        self.assertFalse(site.is_amazon)

    def test_a_site_has_what_the_file_says_of_it(self):
        keys = {
            "provider": "ceph",
            "role_arn": "arn:aws:iam::123456789012:role/r",
            "external_id": {"env": "X"},
            "sts_endpoint": "https://sts.example.com/",
            "expected_bucket_owner": "123456789012",
            "tls_verify": False,
            "insecure": True,
        }
        [rule] = loaded(document(RULE | CLONE | keys), {"X": "x"}).rules
        site = rule.site
        self.assertEqual(("ceph", True), (site.provider, site.insecure))
        self.assertEqual(keys["role_arn"], site.role_arn)
        self.assertEqual("x", site.external_id.get_secret_value())
        self.assertEqual("env X", site.origins["external_id"])
        self.assertEqual("https://sts.example.com", site.sts_endpoint)
        self.assertEqual("123456789012", site.expected_bucket_owner)
        self.assertFalse(site.tls_verify)

    def test_a_site_says_what_it_can_do(self):
        told = {"versioning": False, "max_metadata": None, "max_key": 255}
        keys = CLONE | {"provider": "minio", "capabilities": told}
        [rule] = loaded(document(RULE | keys | {"versioned": True})).rules
        self.assertEqual(("minio", True), (rule.site.provider, rule.versioned))
        self.assertEqual(told, dict(rule.site.capabilities))
        hash(rule.site)

    def test_a_rule_holds_its_site(self):
        [rule] = loaded(document(RULE | CLONE)).rules
        self.assertEqual(
            (None, "s3.example.com"), (rule.site.name, rule.site.label)
        )
        self.assertEqual("s", rule.site.secret.get_secret_value())

    def test_a_rule_names_a_site_or_holds_one_but_not_both(self):
        rule = RULE | {"site": "a", "aws_endpoint": "http://h", "region": "r"}
        both = "belongs to the site, and site names one"
        self.assertEqual(
            [
                f"containers[0].endpoint: {both}".replace(
                    "endpoint", "aws_endpoint"
                ),
                f"containers[0].region: {both}",
            ],
            problems(document(rule, sites={"a": CLONE})),
        )

    def test_a_site_that_is_not_there_is_a_problem(self):
        rule = RULE | {"site": "archvie"}
        self.assertEqual(
            [
                'containers[0].site: sites has no "archvie";'
                " did you mean archive?"
            ],
            problems(document(rule, sites={"archive": CLONE})),
        )
        self.assertEqual(
            ['containers[0].site: sites has no "archvie"'],
            problems(document(rule)),
        )

    def test_a_bad_site_is_told_once_and_not_for_each_rule(self):
        rules = [RULE | {"site": "a"}, RULE | {"site": "a", "container": "d"}]
        self.assertEqual(
            ["sites.a.region: expected a string, got 5"],
            problems(document(*rules, sites={"a": CLONE | {"region": 5}})),
        )

    def test_the_region_is_the_configured_or_the_endpoints_or_a_default(self):
        amazon = "https://s3.eu-west-1.amazonaws.com"
        for keys, expected in (
            ({}, "us-east-1"),
            ({"region": "r"}, "r"),
            ({"endpoint": "https://s3.amazonaws.com"}, "us-east-1"),
            ({"endpoint": "https://s3.amazonaws.com.cn"}, "cn-north-1"),
            ({"endpoint": amazon}, "eu-west-1"),
            ({"endpoint": amazon, "region": "r"}, "r"),
            (CLONE, "us-east-1"),
            (CLONE | {"region": "r"}, "r"),
        ):
            with self.subTest(keys):
                config = loaded(document(RULE | keys))
                self.assertEqual(expected, config.rules[0].site.region)


class CredentialsTest(unittest.TestCase):
    def test_amazons_endpoints_do_without(self):
        for keys in ({}, {"endpoint": "https://s3.eu-west-1.amazonaws.com"}):
            with self.subTest(keys):
                site = loaded(document(RULE | keys)).rules[0].site
                self.assertTrue(site.is_amazon)
                self.assertIsNone(site.identity)

    def test_a_region_in_the_environment_is_not_ours(self):
        environ = {"AWS_REGION": "r", "AWS_DEFAULT_REGION": "r"}
        [rule] = loaded(document(), environ).rules
        self.assertEqual("us-east-1", rule.site.region)

    def test_other_endpoints_need_them(self):
        because = "required, because only Amazon's own endpoints do without"
        for endpoint in (
            "https://s3.example.com",
            "http://localhost:9000",
            "https://s3-trap.eu-west-1.elb.amazonaws.com",
        ):
            with self.subTest(endpoint):
                self.assertEqual(
                    [
                        f"containers[0].identity: {because}",
                        f"containers[0].secret: {because}",
                    ],
                    problems(document(RULE | {"endpoint": endpoint})),
                )

    def test_a_missing_secret_is_told_in_a_site(self):
        site = {key: CLONE[key] for key in ("endpoint", "identity")}
        self.assertEqual(
            [
                "sites.a.secret: required,"
                " because only Amazon's own endpoints do without"
            ],
            problems(document(sites={"a": site})),
        )

    def test_half_of_them_is_a_problem_on_amazons_endpoints_too(self):
        for keys, told in (
            (
                {"identity": "i"},
                ["secret: required, because identity is there"],
            ),
            ({"secret": "s"}, ["identity: required, because secret is there"]),
            (
                {"session_token": "t"},
                [
                    "identity: required, because session_token is there",
                    "secret: required, because session_token is there",
                ],
            ),
        ):
            with self.subTest(keys):
                self.assertEqual(
                    [f"containers[0].{each}" for each in told],
                    problems(document(RULE | keys)),
                )

    def test_where_they_were_found_is_kept(self):
        rule = RULE | CLONE | {"identity": {"env": "I"}}
        site = loaded(document(rule), {"I": "i"}).rules[0].site
        self.assertEqual(
            {"identity": "env I", "secret": "given"}, dict(site.origins)
        )


class ProxyTest(unittest.TestCase):
    PROXIES = {"http_proxy": "http://p:1", "https_proxy": {"env": "P"}}  # noqa: RUF012

    def _of(self, **keys):
        rule = RULE | CLONE | keys
        config = loaded(document(rule, **self.PROXIES), {"P": "http://q:2"})
        proxy = config.rules[0].site.proxy
        return proxy and proxy.get_secret_value()

    def test_the_endpoints_scheme_says_which_proxy_it_goes_through(self):
        self.assertEqual("http://q:2", self._of())
        plain = {"endpoint": "http://h", "insecure": True}
        self.assertEqual("http://p:1", self._of(**plain))

    def test_amazon_is_reached_through_the_proxy_for_https(self):
        config = loaded(document(https_proxy="http://q:2"))
        proxy = config.rules[0].site.proxy
        self.assertEqual("http://q:2", proxy.get_secret_value())

    def test_this_machine_is_reached_without(self):
        for host in ("localhost", "127.0.0.9:9000", "[::1]"):
            with self.subTest(host):
                self.assertIsNone(self._of(endpoint=f"https://{host}"))

    def test_one_of_the_environment_is_not_ours(self):
        environ = {"HTTPS_PROXY": "http://evil", "https_proxy": "http://evil"}
        self.assertIsNone(loaded(document(), environ).rules[0].site.proxy)


class StatsdTest(unittest.TestCase):
    def test_without_a_host_nothing_is_sent(self):
        self.assertIsNone(loaded(document(statsd_prefix="p")).statsd)

    def test_the_port_is_the_usual_one_unless_given(self):
        self.assertEqual(
            Statsd("h", 8125, None), loaded(document(statsd_host="h")).statsd
        )
        keys = {"statsd_host": "h", "statsd_port": 1, "statsd_prefix": "p"}
        self.assertEqual(Statsd("h", 1, "p"), loaded(document(**keys)).statsd)


class ProblemsTest(unittest.TestCase):
    def test_a_missing_file_is_a_problem_that_names_it(self):
        with self.assertRaises(ConfigError) as raised:
            load(Path("/nowhere/sync.json"))
        self.assertEqual(
            "/nowhere/sync.json: the file does not exist",
            str(raised.exception),
        )

    def test_missing_keys_are_problems(self):
        self.assertEqual(
            [
                "containers: required, but not there",
                "status_dir: required, but not there",
            ],
            problems({}),
        )
        self.assertEqual(
            [
                "containers[0].account: required, but not there",
                "containers[0].container: required, but not there",
                "containers[0].bucket: required, but not there",
            ],
            problems(document({})),
        )

    def test_entries_that_are_no_objects_are_problems(self):
        self.assertEqual(
            [
                "sites.a: expected an object, got a list",
                "containers[0]: expected an object, got null",
            ],
            problems(document(None, sites={"a": []})),
        )

    def test_all_problems_are_told_at_once(self):
        content = document(
            RULE | {"bucket": 5, "acount": "x"},
            RULE | {"site": "b"},
            RULE | CLONE | {"secret": {"env": "NONE"}, "propagate_delete": 0},
            RULE | {"container": "d"},
            RULE | {"container": "d"},
            workers="many",
            syslog={"port": 0},
            sites={"a": {"endpoint": "ftp://h"}},
        )
        self.assertEqual(
            [
                'workers: expected a whole number, got "many"',
                "syslog.port: expected 1 or more, got 0",
                "sites.a.endpoint: expected a URL that begins with http:// or https://",
                "containers[0].bucket: expected a string, got 5",
                "containers[0].acount: unknown key; did you mean account?",
                'containers[1].site: sites has no "b"',
                "containers[2].propagate_delete:"
                " expected true or false, got 0",
                "containers[2].secret: environment variable 'NONE' is not set",
                "containers[4]: writes the same keys as containers[3],"
                " in bucket bucket at Amazon S3",
            ],
            problems(content),
        )

    def test_a_repeated_key_does_not_hide_other_problems(self):
        content = b'{"containers": [], "status_dir": "x", "status_dir": "/x"}'
        self.assertEqual(
            [
                "status_dir: the key is there more than once",
                "containers: expected at least one entry",
                "status_dir: expected an absolute path",
            ],
            problems(content),
        )
