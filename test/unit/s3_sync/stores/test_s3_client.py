# SPDX-License-Identifier: Apache-2.0
"""Is the connection set up as old and new servers need it?"""

import unittest
from pathlib import Path

from pydantic import SecretStr

from s3_sync import __version__
from s3_sync.stores.s3_client import S3Clients, open_client
from test.doubles.canned_s3 import EMPTY_LIST, XMLNS, Answer, CannedS3
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import a_rule, a_site, an_info


class ClientTest(unittest.TestCase):
    def test_there_are_no_retries_and_no_endless_waits(self):
        config = open_client(a_site(), 7).meta.config
        self.assertEqual(1, config.retries["total_max_attempts"])
        self.assertEqual(
            (5, 60), (config.connect_timeout, config.read_timeout)
        )
        self.assertEqual(7, config.max_pool_connections)

    def test_the_site_is_asked_where_and_as_whom_the_rule_says(self):
        s3 = CannedS3(lambda _: Answer(200, EMPTY_LIST))
        s3.store().is_empty()
        [sent] = s3.sent
        self.assertTrue(
            sent.url.startswith("http://s3.example.test:9000/backup?")
        )
        self.assertIn("hush-identity/", sent.headers["authorization"])
        self.assertIn("/us-east-1/s3/", sent.headers["authorization"])
        self.assertEqual("hush-token", sent.headers["x-amz-security-token"])
        self.assertNotIn("hush-secret", str(sent))

    def test_the_user_agent_names_us(self):
        s3 = CannedS3(lambda _: Answer(200, EMPTY_LIST))
        s3.store().is_empty()
        agent = s3.sent[0].headers["user-agent"]
        self.assertIn(f"swift-s3-sync/{__version__}", agent)

    def test_virtual_addressing_puts_the_bucket_into_the_host(self):
        rule = a_rule(site=a_site(addressing="virtual"))
        s3 = CannedS3(lambda _: Answer(200, EMPTY_LIST))
        s3.store(rule).is_empty()
        self.assertTrue(
            s3.sent[0].url.startswith("http://backup.s3.example.test:9000/?")
        )

    def test_the_sdks_checksum_goes_only_where_it_is_required(self):
        for required in (False, True):
            can = (("checksum_required", required),)
            s3 = CannedS3(_answer_all)
            store = s3.store(a_rule(site=a_site(capabilities=can)))
            store.put("a", MemoryBody(b"x"), an_info(b"x"))
            names = [n for n in s3.sent[0].headers if "checksum" in n]
            with self.subTest(required):
                self.assertEqual(required, bool(names))

    def test_the_owner_is_named_in_every_request(self):
        site = a_site(expected_bucket_owner="123456789012")
        s3 = CannedS3(_answer_all)
        store = s3.store(a_rule(site=site))
        store.head("a")
        store.put("a", MemoryBody(b"x"), an_info(b"x"))
        store.post("a", an_info(b"x"))
        store.delete(["a", "b"])
        store.delete(["a"])
        store.is_empty()
        owner = "x-amz-expected-bucket-owner"
        self.assertEqual(
            {"123456789012"}, {sent.headers.get(owner) for sent in s3.sent}
        )
        self.assertEqual(
            {"HEAD", "PUT", "POST", "DELETE", "GET"},
            {sent.method for sent in s3.sent},
        )
        [copy] = [s for s in s3.sent if "x-amz-copy-source" in s.headers]
        self.assertEqual(
            "123456789012", copy.headers["x-amz-source-expected-bucket-owner"]
        )

    def test_without_an_owner_none_is_named(self):
        s3 = CannedS3(_answer_all)
        s3.store().is_empty()
        self.assertNotIn("x-amz-expected-bucket-owner", s3.sent[0].headers)

    def test_certificates_are_checked_as_the_site_says(self):
        for site, expected in (
            (a_site(), True),
            (a_site(ca_file=Path("/ca.pem")), "/ca.pem"),
            (a_site(tls_verify=False), False),
        ):
            with self.subTest(expected):
                session = _http_session(site)
                self.assertEqual(expected, session._verify)

    def test_a_certificate_of_ours_is_shown_where_there_is_one(self):
        cert, key = Path("/c.pem"), Path("/c.key")
        for site, expected in (
            (a_site(), (None, None)),
            (a_site(client_cert=cert), ("/c.pem", None)),
            (a_site(client_cert=cert, client_key=key), ("/c.pem", "/c.key")),
        ):
            with self.subTest(expected):
                session = _http_session(site)
                self.assertEqual(
                    expected, (session._cert_file, session._key_file)
                )

    def test_a_proxy_is_used_where_the_site_has_one(self):
        url = "http://user:hush@proxy:3128"
        for site, expected in (
            (a_site(), None),
            (a_site(proxy=SecretStr(url)), url),
        ):
            with self.subTest(expected):
                proxies = _http_session(site)._proxy_config
                for target in ("http://h", "https://h"):
                    self.assertEqual(expected, proxies.proxy_url_for(target))


def _answer_all(sent):
    if sent.method == "POST":
        return Answer(200, f"<DeleteResult {XMLNS}></DeleteResult>")
    if "x-amz-copy-source" in sent.headers:
        etag = an_info(b"x").etag
        body = f"<CopyObjectResult><ETag>{etag}</ETag></CopyObjectResult>"
        return Answer(200, body)
    headers = {"ETag": f'"{an_info(b"x").etag}"'}
    return Answer(200, EMPTY_LIST if sent.is_list else "", headers)


def _http_session(site):
    return open_client(site, 1)._endpoint.http_session


class ClientsTest(unittest.TestCase):
    def test_rules_of_one_site_share_a_client(self):
        clients = S3Clients(7)
        self.assertIs(clients.of(a_site()), clients.of(a_site()))

    def test_other_credentials_have_a_client_of_their_own(self):
        clients = S3Clients(7)
        other = a_site(secret=SecretStr("other"))
        self.assertIsNot(clients.of(a_site()), clients.of(other))

    def test_requests_are_counted(self):
        s3 = CannedS3(_answer_all)
        clients = S3Clients(4)
        client = clients.of(a_site())
        client.meta.events.register("before-send.s3", s3.answer)
        client.list_objects_v2(Bucket="b")
        client.list_objects_v2(Bucket="b")
        self.assertEqual(2, clients.requests)
