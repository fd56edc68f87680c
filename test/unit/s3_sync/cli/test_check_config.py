# SPDX-License-Identifier: Apache-2.0
"""Does an operator see what is wrong, or what the file amounts to?"""

import inspect
import json
import tempfile
import unittest
from pathlib import Path

from click.testing import CliRunner

from s3_sync.cli.check_config import check_config

RULE = {"account": "AUTH_a", "container": "c", "bucket": "bucket"}


def _runner():
    # Before click 8.2, the two streams were one unless asked for.
    if "mix_stderr" in inspect.signature(CliRunner).parameters:
        return CliRunner(mix_stderr=False)
    return CliRunner()


class CheckConfigTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "sync.json")

    def _run(self, *rules, **keys):
        content = {"status_dir": "/var/lib/x", "containers": rules} | keys
        self.path.write_text(json.dumps(content))
        return _runner().invoke(
            check_config, [str(self.path)], env={"S3_SECRET": "hush1"}
        )

    def _cells(self, result):
        self.assertEqual(0, result.exit_code, result.output)
        return [" ".join(line.split()) for line in result.stdout.splitlines()]

    def test_the_command_has_the_name_that_the_documentation_says(self):
        self.assertEqual("check-config", check_config.name)

    def test_every_problem_is_a_line_of_standard_error(self):
        result = self._run(RULE | {"bucket": 5, "secrte": "hush"}, workers=0)
        self.assertEqual(2, result.exit_code)
        self.assertEqual("", result.stdout)
        self.assertEqual(
            [
                f"{self.path}: workers: expected 1 or more, got 0",
                f"{self.path}: containers[0].bucket: expected a string, got 5",
                f"{self.path}: containers[0].secrte: unknown key;"
                " did you mean secret?",
            ],
            result.stderr.splitlines(),
        )

    def test_a_missing_file_is_a_problem(self):
        result = _runner().invoke(check_config, ["/nowhere/x.json"])
        self.assertEqual(2, result.exit_code)
        self.assertEqual(
            "/nowhere/x.json: the file does not exist\n", result.stderr
        )

    def test_rules_are_shown_with_defaults_filled_in(self):
        cells = self._cells(self._run(RULE | {"propagate_delete": False}))
        for expected in (
            "containers[0]: AUTH_a/c → bucket at Amazon S3",
            "propagate_delete false",
            "head_first_size 8388608",
            "custom_prefix -",
            "identity found by the SDK",
            "session_token -",
        ):
            with self.subTest(expected):
                self.assertIn(expected, cells)

    def test_settings_are_shown_with_defaults_filled_in(self):
        cells = self._cells(
            self._run(RULE, poll_interval=5, syslog={"host": "h"})
        )
        for expected in (
            "status_dir /var/lib/x",
            "internal_client_path /etc/swift/internal-client.conf",
            "poll_interval 5",
            "workers 64",
            "log_file -",
            "syslog h:514 (udp)",
        ):
            with self.subTest(expected):
                self.assertIn(expected, cells)

    def test_a_rule_names_its_site_and_the_site_is_shown_once(self):
        site = {"endpoint": "https://h:9000", "identity": "i", "secret": "s"}
        rules = [RULE | {"site": "a"}, RULE | {"site": "a", "container": "d"}]
        cells = self._cells(self._run(*rules, sites={"a": site}))
        self.assertEqual(2, cells.count("site a"))
        self.assertEqual(1, cells.count("site a: h:9000"))
        self.assertEqual(1, cells.count("endpoint https://h:9000"))

    def test_whose_service_a_site_is_is_shown(self):
        self.assertIn("provider amazon", self._cells(self._run(RULE)))
        site = {"endpoint": "https://h", "identity": "i", "secret": "s"}
        cells = self._cells(self._run(RULE | site))
        self.assertIn("provider generic", cells)
        self.assertIn("capabilities -", cells)
        told = {"max_metadata": None, "put_if_match": True}
        cells = self._cells(
            self._run(RULE | site | {"provider": "ceph", "capabilities": told})
        )
        self.assertIn("provider ceph", cells)
        self.assertIn(
            "capabilities max_metadata null, put_if_match true", cells
        )

    def test_secrets_are_shown_by_where_they_were_found_only(self):
        (self.path.parent / "token").write_text("hush2")
        keys = {
            "endpoint": "https://h",
            "identity": "hush3",
            "secret": {"env": "S3_SECRET"},
            "session_token": {"file": "token"},
            "role_arn": "arn:aws:iam::123456789012:role/r",
            "sts_endpoint": "https://sts.example.com",
            "external_id": "hush4",
        }
        proxy = "http://user:hush5@proxy:3128"
        result = self._run(RULE | keys, https_proxy=proxy)
        cells = self._cells(result)
        self.assertNotIn("hush", result.output)
        self.assertIn("identity ****** (given)", cells)
        self.assertIn("secret ****** (env S3_SECRET)", cells)
        self.assertIn("external_id ****** (given)", cells)
        self.assertIn("proxy ****** (given)", cells)
        file = self.path.parent / "token"
        self.assertIn(f"session_token ****** (file {file})", cells)

    def test_warnings_are_shown_at_the_end(self):
        cells = self._cells(self._run(RULE, items_chunk=5, bulk_process=True))
        self.assertEqual(
            2, sum(each.startswith("warning: ") for each in cells)
        )
        self.assertTrue(cells[-1].startswith("warning: "))
        self.assertIn("items_chunk: has no effect", "".join(cells))

    def test_where_figures_go_is_shown(self):
        cells = self._cells(self._run(RULE, statsd_host="h"))
        self.assertIn("statsd h:8125", cells)

    def test_each_protocol_shows_its_own_keys(self):
        swift = {
            "protocol": "swift",
            "endpoint": "http://127.0.0.1:8080/auth/v1.0",
            "identity": "a:b",
            "secret": "c",
        }
        text = "\n".join(self._cells(self._run(RULE | swift)))
        self.assertIn("\nauth_type swift\n", text)
        self.assertIn("\nremote_account -\n", text)
        self.assertNotIn("custom_prefix", text)
        self.assertNotIn("session_token", text)
        text = "\n".join(self._cells(self._run(RULE)))
        self.assertNotIn("auth_type", text)
        self.assertNotIn("remote_account", text)

    def test_values_cannot_send_codes_to_the_terminal(self):
        result = self._run(
            RULE | {"container": "a\x1b[2Jb", "custom_prefix": ""}
        )
        self.assertNotIn("\x1b", result.output)
        cells = self._cells(result)
        self.assertIn(r'container "a\u001b[2Jb"', cells)
        self.assertIn('custom_prefix ""', cells)
