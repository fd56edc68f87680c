# SPDX-License-Identifier: Apache-2.0
"""How does a benchmark or a test run the sink and ask what it saw?"""

import http.client
import json
import os
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, cast
from urllib.parse import quote, urlsplit

_ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 20
_STOP_SECONDS = 5


class Sink:
    """A sink in a child process, which ends with its parent."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.sink", "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
        )
        try:
            self.endpoint = self._started()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> "Sink":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process that serves."""
        return self._process.pid

    def counts(self) -> dict[str, int]:
        """Return the requests by kind, and the bytes of objects sent."""
        return cast(dict[str, int], self._ask("GET", "/_sink/counts"))

    def reset(self, objects: bool = False) -> None:
        """Count from zero; forget the objects too, if so asked."""
        self._ask("POST", f"/_sink/reset?objects={objects:d}")

    def objects(self, bucket: str) -> dict[str, dict[str, Any]]:
        """Return what is known of every object in a bucket, by key."""
        path = f"/_sink/objects?bucket={quote(bucket)}"
        return cast(dict[str, dict[str, Any]], self._ask("GET", path))

    def delay(self, milliseconds: float) -> None:
        """Let each answer wait for so long."""
        self._ask("POST", f"/_sink/latency?ms={milliseconds}")

    def create_bucket(self, name: str) -> None:
        """Create a bucket (this counts as a request)."""
        self._ask("PUT", f"/{quote(name)}")

    def cpu_seconds(self) -> float:
        """Return the processor time that the sink has used."""
        text = Path(f"/proc/{self.pid}/stat").read_text()
        # The program's name, in parentheses, may hold anything.
        fields = text.rpartition(")")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End the sink; a second time does nothing."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _started(self) -> str:
        out = self._process.stdout
        assert out is not None
        ready, _, _ = select.select([out], [], [], _START_SECONDS)
        line = out.readline() if ready else b""
        if not line:
            raise RuntimeError("the sink did not start")
        return cast(str, json.loads(line)["endpoint"])

    def _ask(self, method: str, path: str) -> Any:
        address = urlsplit(self.endpoint).netloc
        connection = http.client.HTTPConnection(address, timeout=60)
        try:
            headers = {"Authorization": "none", "Content-Length": "0"}
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{method} {path}: {answer.status} {body!r}")
        return json.loads(body) if body else None
