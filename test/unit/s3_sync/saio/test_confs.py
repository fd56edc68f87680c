# SPDX-License-Identifier: Apache-2.0
"""Does Swift find in its configuration files what it needs?"""

import configparser
import unittest
from pathlib import Path

from s3_sync.saio.confs import conf_files
from s3_sync.saio.layout import PROXY, Plan, Server

PLAN = Plan(Path("/cluster"), nodes=2, policies=2)
PORTS = {server: 6000 + n for n, server in enumerate(PLAN.servers())}


def parsed(name):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(conf_files(PLAN, PORTS)[name])
    return parser


class ConfsTest(unittest.TestCase):
    def test_there_is_a_file_for_everything_that_runs(self):
        servers = {f"{server.name}.conf" for server in PLAN.servers()}
        self.assertEqual(
            {"swift.conf", "internal-client.conf", *servers},
            set(conf_files(PLAN, PORTS)),
        )

    def test_exactly_the_first_policy_is_the_default(self):
        conf = parsed("swift.conf")
        self.assertEqual("yes", conf["storage-policy:0"]["default"])
        self.assertEqual("no", conf["storage-policy:1"]["default"])
        self.assertEqual("policy-1", conf["storage-policy:1"]["name"])

    def test_every_filter_of_a_pipeline_has_a_section(self):
        for name in conf_files(PLAN, PORTS):
            conf = parsed(name)
            if "pipeline:main" not in conf:
                continue
            *filters, app = conf["pipeline:main"]["pipeline"].split()
            wanted = {f"filter:{f}" for f in filters} | {f"app:{app}"}
            with self.subTest(name):
                self.assertLessEqual(wanted, set(conf.sections()))

    def test_a_server_has_its_own_address_port_and_devices(self):
        conf = parsed("object-server-2.conf")
        self.assertEqual("127.0.0.2", conf["DEFAULT"]["bind_ip"])
        self.assertEqual(
            PORTS[Server("object", 2)], conf.getint("DEFAULT", "bind_port")
        )
        self.assertEqual("/cluster/node2", conf["DEFAULT"]["devices"])

    def test_statistics_do_not_lie_among_the_devices(self):
        conf = parsed("container-server-1.conf")["DEFAULT"]
        self.assertNotIn(
            Path(conf["devices"]), Path(conf["recon_cache_path"]).parents
        )

    def test_the_proxy_knows_three_users_in_three_accounts(self):
        tempauth = parsed("proxy-server.conf")["filter:tempauth"]
        self.assertEqual("testing .admin", tempauth["user_test_tester"])
        self.assertEqual("testing2 .admin", tempauth["user_test2_tester2"])
        self.assertIn(".reseller_admin", tempauth["user_admin_admin"])

    def test_s3_requests_are_understood_before_they_are_authorised(self):
        names = parsed("proxy-server.conf")["pipeline:main"]["pipeline"]
        order = names.split()
        self.assertLess(order.index("s3api"), order.index("tempauth"))

    def test_one_failure_does_not_shut_a_node_out(self):
        for name in ("proxy-server.conf", "internal-client.conf"):
            app = parsed(name)["app:proxy-server"]
            with self.subTest(name):
                self.assertEqual("1", app["error_suppression_interval"])

    def test_what_another_process_changed_is_seen_in_two_seconds(self):
        for name in ("proxy-server.conf", "internal-client.conf"):
            app = parsed(name)["app:proxy-server"]
            with self.subTest(name):
                self.assertEqual("2", app["recheck_container_existence"])

    def test_the_internal_client_needs_no_login(self):
        conf = parsed("internal-client.conf")
        self.assertEqual(
            "catch_errors cache symlink proxy-server",
            conf["pipeline:main"]["pipeline"],
        )
        self.assertEqual("/cluster/etc", conf["DEFAULT"]["swift_dir"])

    def test_the_daemons_find_the_internal_client(self):
        path = "/cluster/etc/internal-client.conf"
        for name, section in (
            ("container-server-1.conf", "container-sharder"),
            ("object-server-1.conf", "object-expirer"),
        ):
            conf = parsed(name)[section]
            with self.subTest(section):
                self.assertEqual(path, conf["internal_client_conf_path"])

    def test_the_proxy_is_reached_where_it_was_bound(self):
        conf = parsed("proxy-server.conf")
        self.assertEqual(PORTS[PROXY], conf.getint("DEFAULT", "bind_port"))
