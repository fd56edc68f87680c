# SPDX-License-Identifier: Apache-2.0
"""Does the all-in-one serve, survive its nodes, and leave nothing behind?"""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import boto3
import swiftclient
from botocore.config import Config

from s3_sync.saio.cluster import Cluster, start
from s3_sync.saio.layout import ADMIN, OTHER, SaioError, fastest_folder

COMMAND = [
    sys.executable,
    str(Path(__file__).parents[2] / "bin/swift-s3-sync"),
    "saio",
    "up",
]
SECONDS = 20
OWNER = """
import sys
from pathlib import Path
from s3_sync.saio.cluster import start
running = start(Path(sys.argv[1]), layout="pernode")
print(running.cluster.to_json(), flush=True)
sys.stdin.read()
"""


def temporary_folder():
    return tempfile.TemporaryDirectory(dir=fastest_folder())


def swift(cluster, user=None):
    login, key = (
        (user.login, user.key) if user else (cluster.user, cluster.key)
    )
    return swiftclient.Connection(
        cluster.auth_url, login, key, retries=0, timeout=SECONDS
    )


def s3(cluster):
    return boto3.client(
        "s3",
        endpoint_url=cluster.s3_url,
        aws_access_key_id=cluster.user,
        aws_secret_access_key=cluster.key,
        region_name="us-east-1",
        config=Config(
            s3={"addressing_style": "path"}, retries={"max_attempts": 0}
        ),
    )


def account_of(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "SELECT account FROM container_info"
        ).fetchone()[0]


def runs(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def end_of(pids):
    """Tell whether all processes end before the deadline."""
    deadline = time.monotonic() + SECONDS
    while any(runs(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        os.sched_yield()
    return True


class SingleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = temporary_folder()
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name) / "cluster"
        running = start(cls.root, policies=2)
        cls.addClassCleanup(running.stop)
        cls.running = running
        cls.cluster = running.cluster

    def test_an_object_is_written_and_read_with_swift(self):
        client = swift(self.cluster)
        client.put_container("songs")
        client.put_object(
            "songs", "näme", b"la", headers={"x-object-meta-a": "b"}
        )
        headers, body = client.get_object("songs", "näme")
        self.assertEqual((b"la", "b"), (body, headers["x-object-meta-a"]))

    def test_an_object_is_written_and_read_with_s3(self):
        client = s3(self.cluster)
        client.create_bucket(Bucket="films")
        client.put_object(
            Bucket="films", Key="k", Body=b"abc", Metadata={"a": "b"}
        )
        answer = client.get_object(Bucket="films", Key="k")
        self.assertEqual(b"abc", answer["Body"].read())
        self.assertEqual({"a": "b"}, answer["Metadata"])

    def test_a_second_account_is_another_one(self):
        swift(self.cluster).put_container("mine")
        other = swift(self.cluster, OTHER)
        other.put_container("theirs")
        names = [entry["name"] for entry in other.get_account()[1]]
        self.assertEqual(["theirs"], names)

    def test_the_administrator_may_look_into_every_account(self):
        swift(self.cluster).put_container("inspected")
        url, token = swift(self.cluster, ADMIN).get_auth()
        url = url.rpartition("/")[0] + "/AUTH_test"
        _, containers = swiftclient.get_account(url, token)
        self.assertIn("inspected", [entry["name"] for entry in containers])

    def test_a_container_has_the_policy_that_it_asks_for(self):
        client = swift(self.cluster)
        client.put_container("p", headers={"x-storage-policy": "policy-1"})
        headers = client.head_container("p")
        self.assertEqual("policy-1", headers["x-storage-policy"])

    def test_a_daemon_of_swift_runs_on_demand(self):
        client = swift(self.cluster)
        client.put_container("counted")
        client.put_object("counted", "o", b"12345")
        self.running.run_daemon("container-updater")
        counted = next(
            entry
            for entry in client.get_account()[1]
            if entry["name"] == "counted"
        )
        self.assertEqual(5, counted["bytes"])

    def test_a_container_that_asks_for_it_is_sharded(self):
        client = swift(self.cluster)
        client.put_container("big", headers={"x-storage-policy": "policy-0"})
        for number in range(120):
            client.put_object("big", f"{number:03}", b"")
        url, token = swift(self.cluster, ADMIN).get_auth()
        swiftclient.post_container(
            url.rpartition("/")[0] + "/AUTH_test",
            token,
            "big",
            {"x-container-sharding": "on"},
        )
        self.running.run_daemon("container-sharder")
        databases = self.cluster.node(1).devices.rglob("containers/**/*.db")
        owners = [account_of(path) for path in databases]
        self.assertGreaterEqual(owners.count(".shards_AUTH_test"), 2)
        self.assertEqual(120, len(client.get_container("big")[1]))

    def test_a_daemon_that_fails_says_where_to_look(self):
        with self.assertRaisesRegex(SaioError, "container-nobody-1.log"):
            self.running.run_daemon("container-nobody")

    def test_requests_are_logged_below_the_folder(self):
        swift(self.cluster).head_account()
        text = (self.cluster.log_dir / "swift.log").read_text()
        self.assertRegex(text, "INFO proxy-server: .*HEAD /v1/AUTH_test")

    def test_the_same_folder_cannot_be_used_meanwhile(self):
        with self.assertRaisesRegex(SaioError, "in use by another run"):
            start(self.root)

    def test_a_port_in_use_is_an_error_that_names_it(self):
        port = int(self.cluster.s3_url.rpartition(":")[2])
        with temporary_folder() as folder:
            done = subprocess.run(
                [*COMMAND, folder, "--port", str(port)],
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        self.assertEqual((1, ""), (done.returncode, done.stdout))
        self.assertIn(f"127.0.0.1 port {port}: Address already", done.stderr)


class PerNodeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = temporary_folder()
        cls.addClassCleanup(folder.cleanup)
        cls.running = start(Path(folder.name), nodes=3, layout="pernode")
        cls.addClassCleanup(cls.running.stop)

    def test_everything_has_three_copies(self):
        cluster = self.running.cluster
        client = swift(cluster)
        client.put_container("three")
        client.put_object("three", "o", b"x")
        for node in cluster.nodes:
            with self.subTest(node.number):
                objects = node.devices / "d1/objects"
                self.assertEqual(1, len(list(objects.rglob("*.data"))))

    def test_with_a_dead_node_swift_and_s3_go_on_without_delay(self):
        client = s3(self.running.cluster)
        client.create_bucket(Bucket="degraded")
        self.running.kill_node(2)
        self.addCleanup(self.running.start_node, 2)
        begin = time.monotonic()
        for key in "abcdef":
            client.put_object(Bucket="degraded", Key=key, Body=b"x")
            client.get_object(Bucket="degraded", Key=key)["Body"].read()
        self.assertLess(time.monotonic() - begin, 5)

    def test_a_node_that_is_started_again_serves(self):
        client = swift(self.running.cluster)
        client.put_container("again")
        for _ in range(2):  # as well one that had been started again before
            self.running.kill_node(1)
            self.running.start_node(1)
        node = self.running.cluster.node(1)
        for port in node.ports.values():
            with socket.create_connection((node.ip, port), SECONDS) as raw:
                raw.sendall(b"GET /healthcheck HTTP/1.0\r\n\r\n")
                self.assertIn(b"200 OK", raw.recv(100))


class LifeTest(unittest.TestCase):
    def setUp(self):
        folder = temporary_folder()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def up(self, *options, **popen):
        child = subprocess.Popen(
            [*COMMAND, str(self.root), *options],
            stdout=subprocess.PIPE,
            text=True,
            **popen,
        )
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        return child

    def test_data_survive_the_end_of_the_cluster(self):
        with start(self.root, nodes=2, layout="pernode") as running:
            client = swift(running.cluster)
            client.put_container("c")
            client.put_object("c", "o", b"kept")
        with start(self.root, nodes=2) as running:
            _, body = swift(running.cluster).get_object("c", "o")
        self.assertEqual(b"kept", body)

    def test_stop_leaves_no_process(self):
        running = start(self.root, nodes=2, layout="pernode")
        running.kill_node(1)
        running.start_node(1)
        running.stop()
        pids = running.cluster.pids.values()
        self.assertEqual([], [pid for pid in pids if runs(pid)])

    def test_a_killed_owner_leaves_no_server_behind(self):
        owner = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(self.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(owner.communicate)
        pids = Cluster.from_json(owner.stdout.readline()).pids.values()
        owner.kill()
        self.assertTrue(end_of(pids))

    def test_a_killed_launcher_leaves_no_server_behind(self):
        child = self.up("--json", "--layout", "pernode")
        pids = json.loads(child.stdout.readline())["pids"].values()
        child.kill()
        child.wait()
        self.assertTrue(end_of(pids))

    def test_a_server_that_cannot_load_is_reported(self):
        with start(self.root):
            pass
        broken = self.root / "etc/object-1.builder"
        broken.write_text("no ring builder")
        with self.assertRaisesRegex(SaioError, "object-1.builder"):
            start(self.root, policies=2)

    def test_a_signal_ends_every_process_and_is_no_failure(self):
        for number, layout in (
            (signal.SIGTERM, "pernode"),
            (signal.SIGINT, "single"),
        ):
            with self.subTest(layout):
                child = self.up("--json", "--layout", layout)
                pids = json.loads(child.stdout.readline())["pids"].values()
                child.send_signal(number)
                self.assertEqual(0, child.wait(SECONDS))
                self.assertEqual([], [pid for pid in pids if runs(pid)])

    def test_without_input_it_stays_up_and_tells_people_what_to_do(self):
        child = self.up(stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        text = ""
        for line in child.stdout:
            text += line
            if "aws" in line:
                break
        self.assertIn("/auth/v1.0   user test:tester   key testing", text)
        with self.assertRaises(subprocess.TimeoutExpired):
            child.wait(0.2)
        child.terminate()
        output, errors = child.communicate(timeout=SECONDS)
        self.assertEqual((0, "", ""), (child.returncode, output, errors))

    def test_the_end_of_the_lifeline_is_the_end(self):
        child = self.up("--json", "--lifeline", stdin=subprocess.PIPE)
        child.stdout.readline()
        child.communicate(timeout=SECONDS)  # closes its input first
        self.assertEqual(0, child.returncode)
