# SPDX-License-Identifier: Apache-2.0
"""Is every key what the documentation and the sample say?"""

import json
import re
import tempfile
import unittest
from pathlib import Path

from s3_sync.config import load
from s3_sync.config.schema import (
    SPELLINGS,
    FileKeys,
    RuleKeys,
    SiteKeys,
    SyslogKeys,
)
from test.doubles.certificates import Authority
from test.unit.s3_sync.config.written import (
    CLONE,
    RULE,
    document,
    loaded,
    problems,
)

ROOT = Path(__file__).parents[4]
SECTIONS = {
    "The file": FileKeys,
    "Sites": SiteKeys,
    "Rules": RuleKeys,
    "syslog": SyslogKeys,
}
COMPUTED = {
    "internal_client_path": "`<swift_dir>/internal-client.conf`",
    "bucket": "required for S3",
}


def _rows(heading):
    """Return the cells of the first table below `heading`."""
    text = (ROOT / "docs/configuration.md").read_text()
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE).group()
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
    return [[cell.strip(" |") for cell in row] for row in rows[2:]]


def _default(name, field):
    if name in COMPUTED:
        return COMPUTED[name]
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else f"`{json.dumps(value)}`"


def _usable(keys, folder):
    """Return an example with the files, and the keys, that it needs."""
    (folder / "s3.secret").write_text("hush\n")
    authority = Authority(folder)
    client = authority.sign("client")
    client.joined()
    files = {
        "s3.secret": folder / "s3.secret",
        "ca.pem": authority.cert,
        "client.pem": folder / "client.both.pem",
        "client.key": client.key,
    }
    text = json.dumps(keys)
    for name, path in files.items():
        text = text.replace(f'"{name}"', f'"{path}"')
    keys = json.loads(text)
    if "client_key" in keys:
        keys["client_cert"] = str(client.cert)
    if keys.keys() & {"external_id", "sts_endpoint"}:
        keys["role_arn"] = "arn:aws:iam::123456789012:role/r"
    if keys.keys() & {"role_arn", "external_id"}:
        keys["sts_endpoint"] = "https://sts.example.com"
    return keys


class DocumentationTest(unittest.TestCase):
    def test_every_key_is_documented_with_its_default_and_no_other(self):
        for heading, schema in SECTIONS.items():
            expected = {
                name: _default(name, field)
                for name, field in schema.model_fields.items()
            }
            documented = {row[0].strip("`"): row[2] for row in _rows(heading)}
            with self.subTest(heading):
                self.assertEqual(expected, documented)

    def test_every_row_says_what_the_key_means(self):
        for heading in SECTIONS:
            for row in _rows(heading):
                with self.subTest(row[0]):
                    self.assertTrue(row[1] and row[3])

    def test_every_documented_example_is_valid(self):
        for heading in ("The file", "Sites", "Rules", "syslog"):
            for key, *_, example in (
                row for row in _rows(heading) if len(row) == 5
            ):
                with self.subTest(f"{heading}: {key}"):
                    self.assertEqual(
                        [], self._problems_of_example(heading, key, example)
                    )

    def _problems_of_example(self, heading, key, example):
        with tempfile.TemporaryDirectory() as folder:
            keys = {key.strip("`"): json.loads(example.strip("`"))}
            keys = _usable(keys, Path(folder))
            content = {
                "The file": document() | keys,
                "Sites": document(sites={"a": CLONE | keys}),
                "Rules": document(RULE | keys, sites={"archive": CLONE}),
                "syslog": document(syslog=keys),
            }[heading]
            return problems(
                content,
                {
                    "S3_IDENTITY": "i",
                    "S3_SESSION_TOKEN": "t",
                    "S3_EXTERNAL_ID": "x",
                    "HTTPS_PROXY": "http://proxy:3128",
                },
            )

    def test_the_smallest_file_of_the_documentation_loads(self):
        text = (ROOT / "docs/configuration.md").read_text()
        smallest = re.search(r"```json\n(.*?)```", text, re.DOTALL).group(1)
        config = loaded(smallest.encode())
        self.assertEqual("Amazon S3", config.rules[0].site.label)

    def test_the_predecessors_spellings_are_documented(self):
        rows = _rows("Coming from the predecessor")
        self.assertEqual(
            SPELLINGS, {a.strip("`"): b.strip("`") for a, b in rows}
        )


class SampleTest(unittest.TestCase):
    def setUp(self):
        self.text = (ROOT / "sync.json-sample").read_text()
        self.sample = json.loads(self.text)

    def test_the_sample_loads(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "archive.secret").write_text("hush\n")
            Path(folder, "external-id").write_text("hush\n")
            Authority(Path(folder), "archive-ca").sign("client")
            path = Path(folder, "sync.json")
            path.write_text(self.text)
            environ = {
                "ARCHIVE_IDENTITY": "i",
                "BACKUP_SESSION_TOKEN": "t",
                "HTTPS_PROXY": "http://proxy:3128",
            }
            config = load(path, environ)
        self.assertEqual(5, len(config.rules))
        self.assertEqual(
            "hush", config.sites["archive"].secret.get_secret_value()
        )

    def test_the_sample_misses_no_key(self):
        rules = {key for rule in self.sample["containers"] for key in rule}
        sites = {key for site in self.sample["sites"].values() for key in site}
        self.assertEqual(set(FileKeys.model_fields), set(self.sample))
        self.assertEqual(
            set(SyslogKeys.model_fields), set(self.sample["syslog"])
        )
        self.assertEqual(
            {*RuleKeys.model_fields, *SiteKeys.model_fields}, rules | sites
        )
        self.assertLessEqual(set(RuleKeys.model_fields), rules)

    def test_the_sample_shows_every_form_of_a_secret(self):
        for form in ('{"env":', '{"file":', '"secret": "'):
            with self.subTest(form):
                self.assertIn(form, self.text)


class ValuesTest(unittest.TestCase):
    """What keys may and may not be; types are in test_words.py."""

    def test_bad_values_of_rules(self):
        swift_name = 'expected a name without "/" and NUL'
        bucket = 'expected 3 to 255 of letters, digits, ".", "_" and "-"'
        prefix = (
            'expected lower-case letters, digits and "-", with "-" at the end'
        )
        for key, value, expected in (
            ("account", "", swift_name),
            ("account", "a/b", swift_name),
            ("account", "a\x00", swift_name),
            ("account", "é" * 129, "expected 256 bytes or less"),
            (
                "account",
                ".manifests",
                "expected an account that is not named .manifests",
            ),
            ("account", "/*", swift_name),
            ("container", "a/b", swift_name),
            ("container", "", swift_name),
            ("container", "/", swift_name),
            ("container", "/**", swift_name),
            ("container", "c" * 257, "expected 256 bytes or less"),
            ("bucket", "ab", bucket),
            ("bucket", "a" * 256, bucket),
            ("bucket", "a/b", bucket),
            ("bucket", "abc\n", bucket),
            ("bucket", "bücket", bucket),
            (
                "bucket",
                "b--use1-az4--x-s3",
                "directory buckets (--x-s3) cannot be used",
            ),
            (
                "custom_prefix",
                "a\nb",
                "expected a prefix without control characters",
            ),
            (
                "custom_prefix",
                "a/../b",
                'expected a prefix without "." and ".." as a folder',
            ),
            (
                "custom_prefix",
                "/./",
                'expected a prefix without "." and ".." as a folder',
            ),
            ("metadata_prefix", "", prefix),
            ("metadata_prefix", "-", prefix),
            ("metadata_prefix", "swift", prefix),
            ("metadata_prefix", "Swift-", prefix),
            ("metadata_prefix", "swift_-", prefix),
            ("metadata_prefix", "swift-\n", prefix),
            ("head_first_size", -1, "expected 0 or more, got -1"),
            ("head_first_size", 1.0, "expected a whole number, got 1.0"),
            ("head_first_size", True, "expected a whole number, got true"),
            ("propagate_delete", "yes", 'expected true or false, got "yes"'),
            ("site", "", "expected a string that is not empty"),
            ("protocol", "S3", "expected 's3' or 'swift', got \"S3\""),
            (
                "addressing",
                "host",
                "expected 'auto', 'path' or 'virtual', got \"host\"",
            ),
            (
                "provider",
                "aws",
                "expected 'amazon', 'google', 'ceph', 'minio', 's3proxy',"
                " 'swift', 'r2', 'b2' or 'generic', got \"aws\"",
            ),
            ("capabilities", [], "expected an object, got a list"),
            (
                "capabilities",
                {"max_keys": 5},
                "max_keys: no such capability; did you mean max_key?",
            ),
            (
                "capabilities",
                {"put_if_match": "yes"},
                "put_if_match: expected true or false",
            ),
            ("versioned", "no", 'expected true or false, got "no"'),
            (
                "versioned",
                None,
                "null is no value; leave the key out instead",
            ),
            ("region", "", "expected a string that is not empty"),
            ("endpoint", 5, "expected a string, got a number"),
            (
                "provider",
                "aws",
                "expected 'amazon', 'google', 'ceph', 'minio', 's3proxy',"
                " 'swift', 'r2', 'b2' or 'generic', got \"aws\"",
            ),
            (
                "expected_bucket_owner",
                "12345678901",
                "expected the 12 digits of an account at Amazon",
            ),
            (
                "expected_bucket_owner",
                123456789012,
                "expected a string, got 123456789012",
            ),
            (
                "role_arn",
                "replicator",
                "expected the name of a role: arn:…",
            ),
            ("tls_verify", 0, "expected true or false, got 0"),
            ("insecure", "yes", 'expected true or false, got "yes"'),
            ("ca_file", "", "expected the path of a file or folder"),
            ("client_cert", 5, "expected a string, got 5"),
            (
                "endpoint",
                "s3.example.com",
                "expected a URL that begins with http:// or https://",
            ),
            (
                "custom_prefix",
                None,
                "null is no value; leave the key out instead",
            ),
        ):
            with self.subTest(f"{key} {value!r}"):
                self.assertEqual(
                    [f"containers[0].{key}: {expected}"],
                    problems(document(RULE | {key: value})),
                )

    def test_bad_values_of_the_file(self):
        file = "expected the path of a file or folder"
        for key, value, expected in (
            ("status_dir", "var/lib", "expected an absolute path"),
            ("status_dir", "", file),
            ("swift_dir", "", file),
            ("devices", "a\x00", file),
            ("log_file", "", file),
            ("internal_client_path", "", file),
            ("swift_bind_ip", "localhost", "expected an IP address"),
            (
                "log_level",
                "loud",
                "expected 'debug', 'info', 'warning' or 'error', got \"loud\"",
            ),
            ("verification_slack", -0.5, "expected 0 or more, got -0.5"),
            ("verification_slack", "60", 'expected a number, got "60"'),
            ("workers", 10**30, "expected 1024 or less, got 1" + "0" * 30),
            ("syslog", "localhost", 'expected an object, got "localhost"'),
            ("statsd_host", "", "expected a string that is not empty"),
            (
                "statsd_prefix",
                "node7.",
                'expected letters, digits, "-", "_" and dots between them',
            ),
            (
                "statsd_prefix",
                "a:1|c\nb",
                'expected letters, digits, "-", "_" and dots between them',
            ),
            ("statsd_port", 0, "expected 1 or more, got 0"),
            (
                "http_proxy",
                "proxy.example.com:3128",
                "expected the URL of a proxy: http://, a host and a port",
            ),
            (
                "https_proxy",
                "http://user:hush@proxy:port",
                "expected the URL of a proxy: http://, a host and a port",
            ),
            (
                "https_proxy",
                5,
                'expected a string, {"env": "NAME"} or {"file": "path"},'
                " got a number",
            ),
            ("log_file", None, "null is no value; leave the key out instead"),
            ("copy_after", 1, "unknown key"),
            ("aws_bucket", "b", "unknown key"),
            ("Containers", [], "unknown key; did you mean containers?"),
        ):
            with self.subTest(f"{key} {value!r}"):
                self.assertEqual(
                    [f"{key}: {expected}"], problems(document() | {key: value})
                )

    def test_good_values_at_the_edges(self):
        rule = RULE | {
            "account": "é" * 128,
            "container": "a b\n*",
            "bucket": "A_b.c-1",
            "metadata_prefix": "0-",
            "head_first_size": 0,
        }
        keys = {
            "workers": 1024,
            "poll_interval": 0.001,
            "verification_slack": 0,
            "swift_bind_ip": "::",
            "syslog": {"port": 65535},
        }
        self.assertEqual([], problems(document(rule, **keys)))

    def test_slashes_around_a_custom_prefix_are_cut_off(self):
        for given, expected in {
            "/": "",
            "": "",
            "/a/b/": "a/b",
            "a": "a",
        }.items():
            with self.subTest(given):
                config = loaded(document(RULE | {"custom_prefix": given}))
                self.assertEqual(expected, config.rules[0].custom_prefix)
