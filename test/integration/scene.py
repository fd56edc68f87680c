# SPDX-License-Identifier: Apache-2.0
"""What does one test own, and what is really there on both sides?

A test has a container, a bucket, a configuration and a status folder of its
own. What is compared is read with clients that share nothing with the code
under test.
"""

import base64
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from unittest import TestCase
from urllib.parse import quote

from s3_sync.config import load
from s3_sync.replication.journal import Journal
from test.integration import servers
from test.integration.daemon import Daemon, Once, run_once
from test.integration.servers import S3Server
from test.integration.swift_client import Answer, Swift, at_once

NATIVE = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "expires": "ExpiresString",
}
_WORD = re.compile(r"=\?UTF-8\?B\?([^?]*)\?=")
_TIMES = re.compile(r"([0-9]+)\.([0-9]{5})([+-][0-9a-f]+)?([+-][0-9a-f]+)?")
_NUMBERS = count(1)


@dataclass(frozen=True)
class Copy:
    """One object as a side holds it: no marks, values decoded.

    `changed` is when it was last written, by Swift's clock.
    """

    body: bytes
    content_type: str
    metadata: Mapping[str, str]
    headers: Mapping[str, str]
    changed: str


class Scene:
    """A container that is copied to a bucket.

    `rule` are further keys of the rule; `of` names a container that is
    another scene's as well.
    """

    def __init__(
        self,
        case: TestCase,
        server: S3Server,
        swift: Swift | None = None,
        **rule,
    ) -> None:
        number = next(_NUMBERS)
        self.server = server
        self.swift = swift or servers.swift()
        self.s3 = server.client()
        case.addCleanup(self.s3.close)
        self.bucket = f"bucket-{number}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.container = rule.pop("of", f"container-{number}")
        self.swift.do("PUT", self.container)
        self.root = Path(tempfile.mkdtemp(dir=servers.folder()))
        self.status_dir = self.root / "status"
        self.status_dir.mkdir()
        self.config = self.root / "sync.json"
        self.rule = {
            "account": self.swift.account,
            "container": self.container,
            "bucket": self.bucket,
            **server.keys(),
            **rule,
        }
        self.configure()
        self._case = case

    def configure(self, **changes) -> dict:
        """Write the configuration, with `changes` at its top."""
        cluster = servers.source().cluster
        node = cluster.node(1)
        text = {
            "swift_dir": str(cluster.swift_dir),
            "devices": str(node.devices),
            "swift_bind_ip": node.ip,
            "status_dir": str(self.status_dir),
            "poll_interval": 0.1,
            "containers": [self.rule],
            **changes,
        }
        self.config.write_text(json.dumps(text))
        return text

    # Swift's side.

    def put(self, name: str, body: bytes = b"", **headers: str) -> Answer:
        """Write an object; `x_object_meta_a="b"` is a header."""
        return self.swift.do(
            "PUT", self.container, name, body, _header_names(headers)
        )

    def post(self, name: str, **headers: str) -> Answer:
        """Replace an object's metadata."""
        return self.swift.do(
            "POST", self.container, name, b"", _header_names(headers)
        )

    def delete(self, name: str) -> Answer:
        """Delete an object."""
        return self.swift.do("DELETE", self.container, name)

    def locals(self, container: str = "") -> dict[str, Copy]:
        """Return what Swift holds, by name."""
        container = container or self.container
        names: list[str] = []
        while True:
            marker = quote(names[-1]) if names else ""
            page = json.loads(
                self.swift.do(
                    "GET", container, query=f"format=json&marker={marker}"
                ).body
                or b"[]"
            )
            if not page:
                break
            names += [entry["name"] for entry in page]
        copies = at_once(lambda name: self._local(container, name), names)
        return dict(zip(names, copies, strict=True))

    def _local(self, container: str, name: str) -> Copy:
        answer = self.swift.do("GET", container, name)
        meta = "x-object-meta-"
        return Copy(
            answer.body,
            answer.headers["content-type"],
            {
                key.removeprefix(meta): value.strip()
                for key, value in answer.headers.items()
                if key.startswith(meta)
            },
            {
                key: answer.headers[key]
                for key in (*NATIVE, "x-robots-tag")
                if key in answer.headers
            },
            answer.headers["x-timestamp"],
        )

    # The remote side.

    @property
    def prefix(self) -> str:
        """Return what the keys of the container's copies begin with."""
        if "custom_prefix" in self.rule:
            return self.rule["custom_prefix"] + "/"
        return self.prefix_of(self.container)

    def prefix_of(self, container: str) -> str:
        """Return the predecessor's prefix of a container."""
        path = f"{self.swift.account}/{container}"
        digest = _md5(path.encode())
        return f"{int(digest, 16) % 16**6:x}/{path}/"

    def keys(self) -> list[str]:
        """Return all keys of the bucket, as they are listed."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket
        )
        return [
            entry["Key"]
            for page in pages
            for entry in page.get("Contents", [])
        ]

    def copies(self) -> dict[str, Copy]:
        """Return what the bucket holds of the container, by name.

        A key that is no copy of it counts as a name, with its whole key.
        """
        keys = self.keys()
        copies = at_once(self.copy_at, keys)
        names = (key.removeprefix(self.prefix) for key in keys)
        return dict(zip(names, copies, strict=True))

    def copy(self, name: str) -> Copy:
        """Return the copy of one object."""
        return self.copy_at(self.prefix + name)

    def copy_at(self, key: str) -> Copy:
        """Return what lies at `key`; marks are checked and taken off."""
        answer = self.s3.get_object(Bucket=self.bucket, Key=key)
        metadata = {
            name.lower(): decoded(value)
            for name, value in answer["Metadata"].items()
        }
        mark = metadata.pop("swift-timestamp", "")
        status = metadata.pop("swift-replication-status", None)
        self._case.assertEqual("REPLICA" if mark else None, status, key)
        headers = {
            name: answer[field].encode("latin-1").decode()
            for name, field in NATIVE.items()
            if field in answer
        }
        for name in list(metadata):
            if name.startswith("swift-header-"):
                text = metadata.pop(name)
                headers[name.removeprefix("swift-header-")] = text
            elif name.startswith("swift-user-"):
                original = name.replace("swift-user-", "swift-", 1)
                metadata[original] = metadata.pop(name)
        return Copy(
            answer["Body"].read(),
            answer["ContentType"].encode("latin-1").decode(),
            metadata,
            headers,
            newest_of(mark) if mark else "",
        )

    def put_by_hand(self, name: str, body: bytes, **parameters) -> None:
        """Write a copy that carries no mark of ours."""
        self.s3.put_object(
            Bucket=self.bucket,
            Key=self.prefix + name,
            Body=body,
            **parameters,
        )

    # The daemon.

    def run(self, *options: str, expect: int | None = 0, **popen) -> Once:
        """Run the daemon once; it must end with the code `expect`."""
        once = run_once(self.config, *options, **popen)
        if expect is not None:
            told = f"{once.output}\n{once.log[-6000:]}"
            self._case.assertEqual(expect, once.code, told)
        return once

    def start(self, *options: str) -> Daemon:
        """Start a daemon that runs until the test ends, or before."""
        log = self.root / f"daemon-{next(_NUMBERS)}.log"
        daemon = Daemon(self.config, log, *options)
        self._case.addCleanup(daemon.kill)
        return daemon

    def parked(self) -> dict:
        """Return the journal's parked rows by name."""
        journal = Journal(self.status_dir, read_only=True)
        try:
            rules = load(self.config).rules
            rows = [row for rule in rules for row in journal.parked(rule.id)]
        finally:
            journal.close()
        return {parked.row.name: parked for parked in rows}

    # Both.

    def assert_equal_sides(self) -> dict[str, Copy]:
        """Check that the bucket holds exactly what the container does."""
        local, remote = self.locals(), self.copies()
        self._case.assertEqual(sorted(local), sorted(remote))
        for name, expected in local.items():
            self._case.assertEqual(expected, remote[name], name)
        return remote

    def data_files(self, name: str) -> list[Path]:
        """Return the files on Swift's disks that hold an object."""
        path = f"/{self.swift.account}/{self.container}/{name}"
        digest = _md5(b"saio" + path.encode() + b"saio")
        devices = servers.source().cluster.node(1).devices
        return sorted(devices.glob(f"d1/objects*/*/*/{digest}/*"))


def _md5(data: bytes) -> str:
    import hashlib

    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _header_names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def decoded(value: str) -> str:
    """Return a metadata value as its user wrote it."""
    match = _WORD.fullmatch(value)
    text = base64.b64decode(match[1]).decode() if match else value
    return text.strip()


def newest_of(mark: str) -> str:
    """Return the newest of the times in a mark."""
    match = _TIMES.fullmatch(mark)
    if not match:
        raise AssertionError(f"{mark!r} is no mark")
    seconds, fraction, *deltas = match.groups()
    times = [int(seconds) * 100_000 + int(fraction)]
    for delta in deltas:
        times.append(times[-1] + int(delta or "0", 16))
    return f"{max(times) // 100_000:010d}.{max(times) % 100_000:05d}"
