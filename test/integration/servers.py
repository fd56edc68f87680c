# SPDX-License-Identifier: Apache-2.0
"""Which clusters and S3 servers do the tests use?

Each is started once by a process, when it is first needed, and ends with it,
also when that is killed.
"""

import atexit
import contextlib
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path
from unittest import SkipTest

import boto3
from botocore.config import Config

from bench.sink_process import Sink
from s3_sync.saio.cluster import RunningCluster, start
from s3_sync.saio.layout import ADMIN, fastest_folder
from test.integration.deviations import DEVIATIONS
from test.integration.swift_client import Swift
from test.servers import required
from test.servers.downloads import Unavailable

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 10
# An object with 90 items of metadata has more headers than Python allows;
# Swift's client raises the limit too, so that the daemon can read them.
http.client._MAXHEADERS = 200
_NUMBERS = count(1)

# Removes the folder when the run has ended, however that came.
_SWEEPER = """
import shutil, sys
sys.stdin.read()
for _ in range(20):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
"""


@dataclass(frozen=True)
class S3Server:
    """An S3 endpoint, how to log in, and what it does unlike Amazon S3.

    `https` is its other endpoint, if it has one, whose certificate is signed
    by the authority in `ca_file`.
    """

    name: str
    endpoint: str
    identity: str
    secret: str = field(repr=False)
    https: str = ""
    ca_file: str = ""

    def client(self):
        """Return a client that shares nothing with the daemon's."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.identity,
            aws_secret_access_key=self.secret,
            region_name="us-east-1",
            verify=self.ca_file or None,
            config=Config(
                s3={"addressing_style": "path"},
                # over https, Ceph's gateway refuses the SDK's trailer
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"total_max_attempts": 1},
                max_pool_connections=16,
            ),
        )

    def has(self, deviation: str) -> bool:
        """Tell whether the table knows of a deviation."""
        return self.name in DEVIATIONS[deviation].servers

    def keys(self) -> dict[str, str]:
        """Return what a rule says of it."""
        keys = {
            "endpoint": self.endpoint,
            "identity": self.identity,
            "secret": self.secret,
        }
        if self.endpoint.startswith("https:"):
            keys["ca_file"] = self.ca_file
        return keys


class RealServer:
    """A server of `test.servers` in a child process."""

    def __init__(self, name: str) -> None:
        root = folder() / f"{name}-{next(_NUMBERS)}"
        log = root.with_suffix(".err")
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "test.servers", "run", name, str(root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                text=True,
                start_new_session=True,
            )
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise Unavailable(log.read_text().strip())
        told = json.loads(line)
        self.server = S3Server(
            name,
            told["endpoint"],
            told["identity"],
            told["secret"],
            told.get("https", ""),
            told.get("ca_file", ""),
        )

    def stop(self) -> None:
        """End it; a second time does nothing."""
        end(self._process)


class MotoProcess:
    """moto's server in a child process."""

    def __init__(self, port: int = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "test.integration.moto_process", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            text=True,
        )
        self.pid = self._process.pid
        self.endpoint = self._process.stdout.readline().strip()
        if not self.endpoint:
            self.stop()
            raise RuntimeError("moto's server did not start")

    @property
    def server(self) -> S3Server:
        """Return it as the tests see it."""
        return S3Server("moto", self.endpoint, "identity", "moto-secret")

    def stop(self) -> None:
        """End it; a second time does nothing."""
        end(self._process)


def end(process: subprocess.Popen) -> None:
    """End a child that ends with its standard input."""
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            pipe.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@cache
def folder() -> Path:
    """Return the run's folder, in memory where that can hold a cluster."""
    path = Path(tempfile.mkdtemp(prefix="s3-sync-test-", dir=fastest_folder()))
    sweeper = subprocess.Popen(
        [sys.executable, "-c", _SWEEPER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    atexit.register(end, sweeper)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _cluster(name: str) -> RunningCluster:
    running = start(folder() / name, nodes=1, replicas=1, policies=2)
    atexit.register(running.stop)
    return running


@cache
def source() -> RunningCluster:
    """Return the cluster whose containers are copied."""
    return _cluster("source")


@cache
def swift() -> Swift:
    """Return the account of the source that most tests use."""
    cluster = source().cluster
    return _closed_in_the_end(
        Swift(cluster.auth_url, cluster.user, cluster.key)
    )


@cache
def other_swift() -> Swift:
    """Return an account in which no other container is."""
    return new_account()


def new_account() -> Swift:
    """Return an account of its own, for a rule that holds for all of it."""
    name = f"AUTH_account-{next(_NUMBERS)}"
    return _closed_in_the_end(
        Swift(source().cluster.auth_url, ADMIN.login, ADMIN.key, name)
    )


def _closed_in_the_end(client: Swift) -> Swift:
    atexit.register(client.close)
    return client


@cache
def s3api() -> S3Server:
    """Return the S3 API of a second Swift."""
    cluster = _cluster("s3api").cluster
    return S3Server("s3api", cluster.s3_url, cluster.user, cluster.key)


@cache
def moto() -> S3Server:
    """Return moto's server."""
    process = MotoProcess()
    atexit.register(process.stop)
    return process.server


@cache
def _real(name: str) -> S3Server | Unavailable:
    try:
        running = RealServer(name)
    except Unavailable as error:
        return error
    atexit.register(running.stop)
    return running.server


def real(name: str) -> S3Server:
    """Return a server of `test.servers`.

    Skip the test on a machine that cannot run it, unless REQUIRE_SERVERS
    names it: then the test fails.
    """
    server = _real(name)
    if isinstance(server, S3Server):
        return server
    if name in required():
        raise server
    raise SkipTest(f"{name}: {server}")


def s3proxy() -> S3Server:
    """Return S3Proxy, which keeps all in memory."""
    return real("s3proxy")


def radosgw() -> S3Server:
    """Return Ceph's gateway."""
    return real("radosgw")


def radosgw_over_https() -> S3Server:
    """Return Ceph's gateway at its other endpoint."""
    server = radosgw()
    return replace(server, endpoint=server.https)


def minio() -> S3Server:
    """Return MinIO."""
    return real("minio")


@cache
def sink() -> Sink:
    """Return the server that counts requests and keeps no bytes."""
    running = Sink()
    atexit.register(running.stop)
    return running


@cache
def sink_server() -> S3Server:
    """Return the sink as a server."""
    return S3Server("sink", sink().endpoint, "identity", "sink-secret")
