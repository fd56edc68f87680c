# SPDX-License-Identifier: Apache-2.0
"""Does the daemon trust whom the operator trusts, and nobody else?"""

import unittest

from test.doubles.certificates import Authority
from test.integration.scene import Scene
from test.integration.servers import moto
from test.integration.tls import TlsFront


class TlsTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, moto())
        self.scene.put("photo", b"body")
        self.authority = Authority(self.scene.root)

    def serve(self, **front):
        """Let the bucket be reached by TLS only."""
        pair = self.authority.sign("server")
        front = TlsFront(self, moto(), pair, **front)
        self.scene.rule["endpoint"] = front.endpoint

    def run_with(self, *, expect=0, **keys):
        self.scene.rule |= {key: str(value) for key, value in keys.items()}
        self.scene.configure()
        return self.scene.run(expect=expect)

    def assert_paused(self, once, *parts):
        """Check that nothing was sent, parked or said twice a row."""
        self.assertEqual({}, self.scene.copies())
        self.assertEqual({}, self.scene.parked())
        self.assertTrue(once.lines("rule paused", *parts), once.log)

    def test_an_unknown_authority_pauses_the_rule_and_says_what_to_do(self):
        self.serve()
        once = self.run_with(expect=1)
        self.assert_paused(once, "CERTIFICATE_VERIFY_FAILED", "`ca_file`")

    def test_another_authority_is_no_help(self):
        self.serve()
        other = Authority(self.scene.root, "other")
        self.assert_paused(self.run_with(expect=1, ca_file=other.cert))

    def test_with_the_right_one_it_works_and_says_nothing(self):
        self.serve()
        once = self.run_with(ca_file=self.authority.cert)
        self.scene.assert_equal_sides()
        self.assertEqual([], once.lines("WARNING"))

    def test_not_to_verify_works_and_warns_at_each_start(self):
        self.serve()
        self.scene.rule["tls_verify"] = False
        for _ in range(2):
            once = self.run_with()
            self.assertEqual(1, len(once.lines("WARNING", "tls_verify")))
            self.assertNotIn("InsecureRequestWarning", once.log)
        self.scene.assert_equal_sides()

    def test_a_site_that_wants_to_know_us_gets_our_certificate(self):
        self.serve(clients=self.authority.cert)
        ca = self.authority.cert
        self.assert_paused(self.run_with(expect=1, ca_file=ca))

        client = self.authority.sign("client")
        keys = {"client_cert": client.cert, "client_key": client.key}
        self.run_with(ca_file=ca, **keys)
        self.scene.assert_equal_sides()

    def test_certificate_and_key_may_be_in_one_file(self):
        self.serve(clients=self.authority.cert)
        client = self.authority.sign("client").joined()
        self.run_with(ca_file=self.authority.cert, client_cert=client)
        self.scene.assert_equal_sides()
