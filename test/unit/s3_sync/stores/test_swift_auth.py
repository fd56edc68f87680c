# SPDX-License-Identifier: Apache-2.0
"""Does each way to log in ask what it should, and say what went wrong?"""

import json
import unittest

from s3_sync.errors import SiteUnavailable
from s3_sync.stores.swift_auth import Access, log_in
from s3_sync.stores.swift_http import Answer
from test.doubles.canned_swift import URL, a_swift_site, answer

V2 = {
    "auth_type": "keystone_v2",
    "endpoint": "https://keystone:5000/v2.0",
    "tenant_name": "photos",
}
V3 = {
    "auth_type": "keystone_v3",
    "endpoint": "https://keystone:5000/v3",
    "project_name": "photos",
    "project_domain_name": "Default",
    "user_domain_name": "Users",
}
S = "https://swift/v1/AUTH_"


def v2_answer(*endpoints, token="hush-token"):
    offered = [
        {"region": region, "publicURL": url, "internalURL": f"{url}-internal"}
        for region, url in endpoints
    ]
    catalog = [
        {"type": "compute", "endpoints": [{"publicURL": "https://nova"}]},
        {"type": "object-store", "endpoints": offered},
    ]
    return answer(
        200, {"access": {"token": {"id": token}, "serviceCatalog": catalog}}
    )


def v3_answer(*endpoints, token="hush-token"):
    offered = [
        {"region_id": region, "interface": interface, "url": url + end}
        for region, url in endpoints
        for interface, end in (("public", ""), ("internal", "-internal"))
    ]
    catalog = [
        {
            "type": "compute",
            "endpoints": [{"interface": "public", "url": "x"}],
        },
        {"type": "object-store", "endpoints": offered},
    ]
    return answer(201, {"token": {"catalog": catalog}}, x_subject_token=token)


class LoginTest(unittest.TestCase):
    def log_in(self, said: Answer, **site) -> Access:
        self.sent = []

        def send(url, request):
            self.sent.append((url, request))
            return said

        return log_in(a_swift_site(**site), send)

    @property
    def asked(self):
        [(_, request)] = self.sent
        return json.loads(request.body)

    def test_version_1_sends_user_and_key_as_headers(self):
        access = self.log_in(answer(x_storage_url=URL + "/", x_auth_token="t"))
        self.assertEqual(Access(URL, "t"), access)
        [(url, request)] = self.sent
        self.assertEqual("http://swift.example.test:8080/auth/v1.0", url)
        self.assertEqual(
            ("GET", "/auth/v1.0"), (request.method, request.target)
        )
        self.assertEqual(
            {"X-Auth-User": "hush-identity", "X-Auth-Key": "hush-secret"},
            request.headers,
        )

    def test_keystone_2(self):
        access = self.log_in(v2_answer(("north", S + "1")), **V2)
        self.assertEqual(Access(S + "1", "hush-token"), access)
        credentials = {"username": "hush-identity", "password": "hush-secret"}
        self.assertEqual(
            {
                "auth": {
                    "passwordCredentials": credentials,
                    "tenantName": "photos",
                }
            },
            self.asked,
        )
        self.assertEqual("/v2.0/tokens", self.sent[0][1].target)

    def test_keystone_3(self):
        access = self.log_in(v3_answer(("north", S + "1")), **V3)
        self.assertEqual(Access(S + "1", "hush-token"), access)
        auth = self.asked["auth"]
        self.assertEqual(
            {
                "name": "hush-identity",
                "domain": {"name": "Users"},
                "password": "hush-secret",
            },
            auth["identity"]["password"]["user"],
        )
        project = {"name": "photos", "domain": {"name": "Default"}}
        self.assertEqual({"project": project}, auth["scope"])
        self.assertEqual("/v3/auth/tokens", self.sent[0][1].target)

    def test_the_version_is_added_to_an_endpoint_without_it(self):
        self.log_in(
            v3_answer(("north", S + "1")),
            **V3 | {"endpoint": "https://keystone/identity"},
        )
        self.assertEqual("/identity/v3/auth/tokens", self.sent[0][1].target)

    def test_the_region_and_kind_of_endpoint_are_chosen(self):
        two = ("north", S + "1"), ("south", S + "2")
        for made, keys in ((v2_answer, V2), (v3_answer, V3)):
            with self.subTest(keys["auth_type"]):
                access = self.log_in(
                    made(*two),
                    **keys,
                    region="south",
                    endpoint_type="internal",
                )
                self.assertEqual(S + "2-internal", access.url)

    def test_several_regions_without_a_choice_are_an_error(self):
        two = ("north", S + "1"), ("south", S + "2")
        for made, keys in ((v2_answer, V2), (v3_answer, V3)):
            with (
                self.subTest(keys["auth_type"]),
                self.assertRaisesRegex(SiteUnavailable, "north, south"),
            ):
                self.log_in(made(*two), **keys)

    def test_no_matching_endpoint_tells_which_there_are(self):
        for made, keys in ((v2_answer, V2), (v3_answer, V3)):
            for site in ({"region": "west"}, {"endpoint_type": "admin"}):
                with (
                    self.subTest((keys["auth_type"], site)),
                    self.assertRaisesRegex(SiteUnavailable, "catalog has no"),
                ):
                    self.log_in(made(("north", S + "1")), **keys | site)
        with self.assertRaisesRegex(SiteUnavailable, "regions: none"):
            self.log_in(v3_answer(), **V3)

    def test_wrong_credentials_are_one_clear_error_without_secrets(self):
        for keys in ({}, V2, V3):
            for status in (401, 403):
                with (
                    self.subTest((keys, status)),
                    self.assertRaises(SiteUnavailable) as caught,
                ):
                    self.log_in(answer(status, b"hush-secret"), **keys)
                    told = str(caught.exception)
                    self.assertIn("correct `identity`, `secret`", told)
                    self.assertNotIn("hush", told)

    def test_other_answers_are_the_sites_fault(self):
        for said in (answer(500), answer(404), answer(302), answer(200)):
            for keys in ({}, V2, V3):
                with (
                    self.subTest((said, keys)),
                    self.assertRaises(SiteUnavailable),
                ):
                    self.log_in(said, **keys)

    def test_answers_that_make_no_sense_are_the_sites_fault(self):
        for body in (b"<html>", [], {"access": 5, "token": 5}, {"token": {}}):
            for keys in (V2, V3):
                with (
                    self.subTest((body, keys)),
                    self.assertRaises(SiteUnavailable),
                ):
                    self.log_in(answer(200, body), **keys)

    def test_a_catalog_of_odd_entries_has_no_endpoint(self):
        for catalog in (None, 5, [5], [{"type": "object-store"}]):
            said = answer(
                200,
                {
                    "token": {"catalog": catalog},
                    "access": {"token": 5, "serviceCatalog": catalog},
                },
            )
            for keys in (V2, V3):
                with (
                    self.subTest((catalog, keys)),
                    self.assertRaisesRegex(SiteUnavailable, "none"),
                ):
                    self.log_in(said, **keys)

    def test_no_token_is_the_sites_fault(self):
        for made, keys in ((v2_answer, V2), (v3_answer, V3)):
            with (
                self.subTest(keys["auth_type"]),
                self.assertRaisesRegex(SiteUnavailable, "no token"),
            ):
                self.log_in(made(("north", S + "1"), token=""), **keys)

    def test_tokens_go_over_plain_http_only_if_the_operator_says_so(self):
        said = answer(x_storage_url=URL, x_auth_token="t")
        secure = {"endpoint": "https://swift/auth/v1.0", "insecure": False}
        with self.assertRaisesRegex(SiteUnavailable, "URL is plain http"):
            self.log_in(said, **secure)
        here = answer(x_storage_url="http://[::1]:80/v1/A", x_auth_token="t")
        self.assertEqual("t", self.log_in(here, **secure).token)

    def test_a_storage_url_that_is_none_is_the_sites_fault(self):
        said = answer(x_storage_url="file:///etc", x_auth_token="t")
        with self.assertRaisesRegex(SiteUnavailable, "neither http"):
            self.log_in(said)

    def test_an_access_does_not_show_its_token(self):
        self.assertNotIn("hush", repr(Access(URL, "hush")))
