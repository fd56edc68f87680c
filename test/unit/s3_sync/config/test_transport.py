# SPDX-License-Identifier: Apache-2.0
"""Is a way that shows or gives away too much refused?"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from test.doubles.certificates import Authority
from test.unit.s3_sync.config.written import (
    CLONE,
    RULE,
    document,
    loaded,
    problems,
)

ROLE = {"role_arn": "arn:aws:iam::123456789012:role/r"}
STS = {"sts_endpoint": "https://sts.example.com"}


def told(site):
    """Return the problems of a site without its path."""
    return [
        text.removeprefix("sites.a.")
        for text in problems(document(sites={"a": CLONE | site}))
    ]


class PlainHttpTest(unittest.TestCase):
    OPEN = (
        "endpoint: plain http shows data and metadata to everybody on the"
        ' way; use https, or add "insecure": true'
    )
    TOKEN = "endpoint: a token must not travel over plain http; use https"

    def test_beyond_this_machine_it_must_be_asked_for(self):
        site = {"endpoint": "http://s3.example.com"}
        self.assertEqual([self.OPEN], told(site))
        self.assertEqual([self.OPEN], told(site | {"insecure": False}))
        self.assertEqual([], told(site | {"insecure": True}))

    def test_on_this_machine_it_is_accepted(self):
        for host in ("localhost", "127.0.0.1:9000", "[::1]:9000"):
            site = {"endpoint": f"http://{host}", "session_token": "t"}
            with self.subTest(host):
                self.assertEqual([], told(site))

    def test_the_message_names_the_key_as_it_is_written(self):
        rule = RULE | {
            "aws_endpoint": "http://h",
            "aws_identity": "i",
            "aws_secret": "s",
        }
        [text] = problems(document(rule))
        self.assertTrue(text.startswith("containers[0].aws_endpoint: plain"))

    def test_a_token_never_travels_like_this(self):
        site = {"endpoint": "http://h", "session_token": "t"}
        self.assertEqual([self.TOKEN], told(site))
        self.assertEqual([self.TOKEN], told(site | {"insecure": True}))
        site = {"endpoint": "http://h", "insecure": True} | ROLE | STS
        self.assertEqual([self.TOKEN], told(site))

    def test_nor_from_the_token_service(self):
        site = ROLE | {"sts_endpoint": "http://sts.example.com"}
        expected = [f"sts_{self.TOKEN}"]
        self.assertEqual(expected, told(site))
        self.assertEqual(expected, told(site | {"insecure": True}))
        site["sts_endpoint"] = "http://127.0.0.1:5000"
        self.assertEqual([], told(site))


class CertificatesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.authority = Authority(self.folder)
        self.client = self.authority.sign("client")

    def _told(self, **site):
        return told({key: str(value) for key, value in site.items()})

    def test_files_that_are_right_are_accepted(self):
        client = self.client
        for site in (
            {"ca_file": self.authority.cert},
            {"client_cert": client.cert, "client_key": client.key},
            {"client_cert": client.joined()},
        ):
            with self.subTest(site):
                self.assertEqual([], self._told(**site))

    def test_a_relative_path_starts_in_the_configurations_folder(self):
        [text] = told({"ca_file": "ca.pem"})
        self.assertRegex(text, r"^ca_file: cannot read '/.*/ca\.pem': No such")

    def test_files_that_cannot_be_read_are_told(self):
        client = self.client
        for site, expected in (
            ({"ca_file": "/no"}, "ca_file: cannot read '/no': No such file"),
            ({"client_cert": "/no"}, "client_cert: cannot read '/no'"),
            (
                {"client_cert": client.cert, "client_key": "/no"},
                "client_key: cannot read '/no'",
            ),
            ({"client_cert": self.folder}, "Is a directory"),
        ):
            with self.subTest(site):
                [text] = self._told(**site)
                self.assertIn(expected, text)

    def test_files_that_hold_something_else_are_told(self):
        other = self.folder / "other"
        other.write_text("hush")
        client, server = self.client, self.authority.sign("server")
        for site in (
            {"ca_file": other},
            {"ca_file": client.key},
            {"client_cert": other},
            {"client_cert": client.cert},
            {"client_cert": client.cert, "client_key": server.key},
        ):
            with self.subTest(site):
                [text] = self._told(**site)
                self.assertIn("no certificate in PEM", text)
                self.assertNotIn("hush", text)

    def test_an_encrypted_key_is_told_and_asks_nobody(self):
        key = serialization.load_pem_private_key(
            self.client.key.read_bytes(), None
        )
        self.client.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"hush"),
            )
        )
        code = (
            "import sys;"
            "from test.unit.s3_sync.config.test_transport import told;"
            "print(told({'client_cert': sys.argv[1],"
            " 'client_key': sys.argv[2]}))"
        )
        paths = str(self.client.cert), str(self.client.key)
        done = subprocess.run(
            [sys.executable, "-c", code, *paths],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=Path(__file__).parents[4],
            check=True,
        )
        self.assertIn("no certificate in PEM with its key", done.stdout)
        self.assertNotIn("pass phrase", done.stdout + done.stderr)

    def test_a_key_belongs_to_a_certificate(self):
        self.assertEqual(
            ["client_key: belongs to client_cert, which is not there"],
            self._told(client_key=self.client.key),
        )

    def test_a_ca_that_is_not_looked_at_is_told(self):
        site = {"ca_file": str(self.authority.cert), "tls_verify": False}
        self.assertEqual(
            ["ca_file: has no effect while tls_verify is false"], told(site)
        )

    def test_not_to_verify_is_a_warning(self):
        site = CLONE | {"tls_verify": False}
        [warning] = loaded(document(sites={"a": site})).warnings
        self.assertTrue(warning.startswith("sites.a.tls_verify: is false"))


class RoleTest(unittest.TestCase):
    def test_what_belongs_to_a_role_needs_one(self):
        self.assertEqual(
            [
                "external_id: belongs to role_arn, which is not there",
                "sts_endpoint: belongs to role_arn, which is not there",
            ],
            told(STS | {"external_id": "x"}),
        )

    def test_only_amazon_has_a_token_service_that_is_known(self):
        self.assertEqual(
            ["sts_endpoint: required beside role_arn: only Amazon's is known"],
            told(ROLE),
        )
        self.assertEqual([], told(ROLE | STS))
        self.assertEqual([], problems(document(RULE | ROLE)))

    def test_credentials_that_were_found_go_to_no_foreign_token_service(self):
        because = "required, because sts_endpoint is not Amazon's"
        self.assertEqual(
            [
                f"containers[0].identity: {because}",
                f"containers[0].secret: {because}",
            ],
            problems(document(RULE | ROLE | STS)),
        )
        amazons = {"sts_endpoint": "https://sts.eu-west-1.amazonaws.com"}
        self.assertEqual([], problems(document(RULE | ROLE | amazons)))
