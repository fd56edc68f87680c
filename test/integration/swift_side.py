# SPDX-License-Identifier: Apache-2.0
"""What is there when the destination is another Swift?

A SwiftScene has the interface of a Scene, so that the same tests run. What
is compared is read with a client that shares nothing with the code under
test.
"""

import atexit
import json
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import quote

from s3_sync.saio.cluster import Cluster, start
from test.integration import servers
from test.integration.scene import Copy, Scene, newest_of
from test.integration.swift_client import Swift, at_once

STORED = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
    "x-robots-tag",
)
META = "x-object-meta-"
MARK = "swift-"


class Buckets:
    """A Swift account's containers, changed by hand as buckets are."""

    def __init__(self, swift: Swift) -> None:
        self.swift = swift
        self.close = swift.close

    def create_bucket(self, *, Bucket: str) -> None:  # noqa: N803
        self.swift.do("PUT", Bucket)

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
        self.swift.do("PUT", Bucket, Key, Body)

    def delete_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803
        self.swift.do("DELETE", Bucket, Key)


@dataclass(frozen=True)
class SwiftServer:
    """A Swift to copy to, where an S3Server stands elsewhere."""

    name: str
    endpoint: str
    identity: str
    secret: str = field(repr=False)

    def client(self) -> Buckets:
        """Return a client that shares nothing with the daemon's."""
        return Buckets(Swift(self.endpoint, self.identity, self.secret))

    def keys(self) -> dict[str, str]:
        """Return what a rule says of it."""
        return {
            "protocol": "swift",
            "endpoint": self.endpoint,
            "identity": self.identity,
            "secret": self.secret,
        }


@cache
def cluster(name: str) -> Cluster:
    """Return one of the clusters that are not the source; it is started."""
    root = servers.folder() / name
    running = start(root, nodes=1, replicas=1, policies=2)
    atexit.register(running.stop)
    return running.cluster


@cache
def swift_server() -> SwiftServer:
    """Return the Swift that copies go to."""
    return server_of(cluster("destination"))


def server_of(there: Cluster) -> SwiftServer:
    """Return how a rule goes to a cluster."""
    return SwiftServer("swift", there.auth_url, there.user, there.key)


class SwiftScene(Scene):
    """A container that is copied to a container of another Swift."""

    prefix = ""

    @property
    def remote(self) -> Swift:
        """Return the other Swift."""
        return self.s3.swift

    def keys(self, container: str = "") -> list[str]:
        """Return all names of the remote container."""
        return listed(self.remote, container or self.bucket)

    def copies(self, container: str = "") -> dict[str, Copy]:
        """Return what the remote container holds, by name."""
        container = container or self.bucket
        names = self.keys(container)
        copies = at_once(lambda name: self.copy_in(container, name), names)
        return dict(zip(names, copies, strict=True))

    def copy_at(self, key: str) -> Copy:
        """Return one object; marks are checked and taken off."""
        return self.copy_in(self.bucket, key)

    def copy_in(self, container: str, name: str) -> Copy:
        """Return an object of a remote container."""
        answer = self.remote.do("GET", container, name)
        metadata = {
            key.removeprefix(META): value.strip()
            for key, value in answer.headers.items()
            if key.startswith(META)
        }
        mark = metadata.pop(f"{MARK}timestamp", "")
        status = metadata.pop(f"{MARK}replication-status", None)
        self._case.assertEqual("REPLICA" if mark else None, status, name)
        path = metadata.pop(f"{MARK}path", "")
        self._case.assertEqual(bool(mark), bool(path), name)
        for key in list(metadata):
            if key.startswith(f"{MARK}user-"):
                original = key.replace(f"{MARK}user-", MARK, 1)
                metadata[original] = metadata.pop(key)
        return Copy(
            answer.body,
            answer.headers["content-type"],
            metadata,
            {k: answer.headers[k] for k in STORED if k in answer.headers},
            newest_of(mark) if mark else "",
        )


def listed(swift: Swift, container: str) -> list[str]:
    """Return the names of all objects of a container."""
    names: list[str] = []
    while True:
        marker = quote(names[-1]) if names else ""
        answer = swift.do(
            "GET", container, query=f"format=json&marker={marker}"
        )
        page = json.loads(answer.body or b"[]")
        if not page:
            return names
        names += [entry["name"] for entry in page]
