# SPDX-License-Identifier: Apache-2.0
"""Does an operator get a policy to paste, for the right rules?"""

import json
import tempfile
import unittest
from pathlib import Path

from s3_sync.cli.policy import print_policy
from s3_sync.errors import ConfigError
from s3_sync.model.keys import keys_for
from test.doubles.iam import Wish, allows
from test.unit.s3_sync.cli.test_check_config import _runner

A = {"account": "AUTH_a", "container": "c", "bucket": "one"}
SITE = {
    "endpoint": "https://s3.example.com",
    "identity": "i",
    "secret": "hush",
}


def documents(text):
    """Return the JSON documents that follow each other in a text."""
    decoder, found = json.JSONDecoder(), []
    text = text.strip()
    while text:
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:].strip()
    return found


class PolicyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "sync.json")

    def run_with(self, *rules, options=(), **keys):
        content = {"status_dir": "/x", "containers": rules} | keys
        self.path.write_text(json.dumps(content))
        return _runner().invoke(
            print_policy, ["--config", str(self.path), *options]
        )

    def test_the_command_has_the_name_that_the_documentation_says(self):
        self.assertEqual("policy", print_policy.name)

    def test_standard_output_is_one_document_per_bucket(self):
        done = self.run_with(A, A | {"bucket": "two"}, A | {"container": "d"})
        self.assertEqual(0, done.exit_code, done.output)
        one, two = documents(done.stdout)
        key = keys_for("AUTH_a", "d", "d", None).key("x")
        self.assertTrue(allows(one, Wish("s3:PutObject", "one", key)))
        self.assertNotIn("one", json.dumps(two))
        self.assertEqual(
            [
                "bucket one at Amazon S3, for the site's identity"
                " (containers[0], containers[2])",
                "bucket two at Amazon S3, for the site's identity"
                " (containers[1])",
            ],
            done.stderr.splitlines(),
        )

    def test_one_rule_may_be_asked_for(self):
        done = self.run_with(A, A | {"bucket": "two"}, options=["--rule", "1"])
        [two] = documents(done.stdout)
        self.assertIn("arn:aws:s3:::two/", json.dumps(two))

    def test_one_site_may_be_asked_for(self):
        named = A | {"site": "s", "bucket": "two"}
        done = self.run_with(
            A, named, sites={"s": SITE}, options=["--site", "s"]
        )
        [two] = documents(done.stdout)
        self.assertIn("arn:aws:s3:::two/", json.dumps(two))

    def test_one_bucket_of_two_sites_is_two_documents(self):
        sites = {"s": SITE, "t": SITE | {"endpoint": "https://t.example.com"}}
        done = self.run_with(A | {"site": "s"}, A | {"site": "t"}, sites=sites)
        self.assertEqual(2, len(documents(done.stdout)))

    def test_what_is_not_there_is_told(self):
        for options, expected in (
            (["--rule", "1"], r"no rule for containers\[1\]"),
            (["--rule", "-1"], r"no rule for containers\[-1\]"),
            (["--site", "x"], "no rule for site 'x'"),
        ):
            with self.subTest(options):
                done = self.run_with(A, options=options)
                self.assertIsInstance(done.exception, ConfigError)
                self.assertRegex(str(done.exception), expected)
        done = self.run_with(A, options=["--rule", "0", "--site", "x"])
        self.assertEqual(2, done.exit_code)

    def test_the_region_says_in_which_part_of_the_world(self):
        done = self.run_with(A | {"region": "cn-north-1"})
        self.assertIn("arn:aws-cn:s3:::one", done.stdout)

    def test_a_role_is_named_in_place_of_the_identity(self):
        role = "arn:aws:iam::123456789012:role/r"
        done = self.run_with(A | {"role_arn": role})
        self.assertIn(f"for role {role}", done.stderr)

    def test_no_secret_is_printed(self):
        done = self.run_with(A | SITE)
        self.assertNotIn("hush", done.output)

    def test_a_name_that_no_policy_can_spell_is_told(self):
        done = self.run_with(A | {"container": "✓"})
        self.assertIn("containers[0]: a policy cannot spell", done.stderr)
