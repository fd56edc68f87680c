# SPDX-License-Identifier: Apache-2.0
"""What do clusters that replicate to each other look like to a test?"""

import json
import re
from dataclasses import dataclass
from itertools import count
from unittest import TestCase

from s3_sync.saio.cluster import Cluster
from test.integration import servers
from test.integration.daemon import Daemon, Once, run_once
from test.integration.swift_client import Answer, Swift
from test.integration.swift_side import cluster, listed, server_of

_NUMBERS = count(1)
_REQUEST = re.compile(r" (PUT|POST|DELETE|HEAD|GET) (/v1/\S+) .*swift-s3-sync")


@dataclass(frozen=True)
class Held:
    """What a user sees of an object."""

    body: bytes
    content_type: str
    colour: str


class Neighbour:
    """A cluster with a container and a daemon that sends it to others."""

    def __init__(self, case: TestCase, here: Cluster, container: str) -> None:
        self._case = case
        self.cluster = here
        self.container = container
        self.swift = Swift(here.auth_url, here.user, here.key)
        case.addCleanup(self.swift.close)
        self.root = servers.folder() / f"neighbour-{next(_NUMBERS)}"
        (self.root / "status").mkdir(parents=True)
        self._log = here.swift_dir.parent / "log" / "swift.log"

    def send_to(self, *others: "Neighbour", **rule) -> None:
        """Write the configuration: a rule for each of the others."""
        node = self.cluster.node(1)
        rules = [
            {
                "account": self.swift.account,
                "container": self.container,
                "bucket": other.container,
                **server_of(other.cluster).keys(),
                **rule,
            }
            for other in others
        ]
        text = {
            "swift_dir": str(self.cluster.swift_dir),
            "devices": str(node.devices),
            "swift_bind_ip": node.ip,
            "status_dir": str(self.root / "status"),
            "poll_interval": 0.1,
            "containers": rules,
        }
        self.config.write_text(json.dumps(text))

    @property
    def config(self):
        return self.root / "sync.json"

    def run(self, expect: int | None = 0) -> Once:
        """Let the daemon do what is due, and check how it ended."""
        once = run_once(self.config)
        if expect is not None:
            self._case.assertEqual(expect, once.code, once.log[-6000:])
        return once

    def start(self) -> Daemon:
        """Start a daemon that runs until the test ends."""
        daemon = Daemon(self.config, self.root / "daemon.log")
        self._case.addCleanup(daemon.kill)
        return daemon

    def put(self, name: str, body: bytes, **headers: str) -> Answer:
        names = {k.replace("_", "-"): v for k, v in headers.items()}
        return self.swift.do("PUT", self.container, name, body, names)

    def post(self, name: str, **headers: str) -> Answer:
        names = {k.replace("_", "-"): v for k, v in headers.items()}
        return self.swift.do("POST", self.container, name, b"", names)

    def delete(self, name: str) -> Answer:
        return self.swift.do("DELETE", self.container, name)

    def holds(self) -> dict[str, Held]:
        """Return all that a user sees in the container."""
        held = {}
        for name in listed(self.swift, self.container):
            answer = self.swift.request("GET", self.container, name)
            if answer.status == 200:
                held[name] = Held(
                    answer.body,
                    answer.headers["content-type"],
                    answer.headers.get("x-object-meta-colour", ""),
                )
        return held

    def requests(self) -> list[tuple[str, str]]:
        """Return what daemons have asked of this cluster's objects."""
        path = f"/v1/{self.swift.account}/{self.container}/"
        return [
            (match[1], match[2].removeprefix(path))
            for match in map(_REQUEST.search, self._lines())
            if match and match[2].startswith(path)
        ]

    def _lines(self) -> list[str]:
        return self._log.read_text(errors="replace").splitlines()


def neighbours(case: TestCase, *names: str) -> list[Neighbour]:
    """Return clusters with one new container each, all of one name."""
    container = f"shared-{next(_NUMBERS)}"
    made = [Neighbour(case, cluster(name), container) for name in names]
    for one in made:
        one.swift.do("PUT", container)
    return made
