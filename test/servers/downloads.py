# SPDX-License-Identifier: Apache-2.0
"""Where do the servers' programs lie, and are they what they should be?

Nothing is installed on the system: all lies in one folder of the user's,
named by version and checksums, and is fetched once.
"""

import fcntl
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

CACHE = "SWIFT_S3_SYNC_CACHE"
_FETCH_SECONDS = 1800


class Unavailable(Exception):
    """A server cannot be had on this machine; the message says why."""


def cache() -> Path:
    """Return the folder of all that was fetched."""
    named = os.environ.get(CACHE)
    path = (
        Path(named) if named else Path.home() / ".cache" / "swift-s3-sync"
    ).absolute()
    path.mkdir(parents=True, exist_ok=True)
    return path


def fetched(name: str, fill: Callable[[Path], None]) -> Path:
    """Return the folder `name` of the cache, which `fill` has filled.

    It is there whole or not at all, and is made by one process at a time.
    """
    target = cache() / name
    if target.exists():
        return target
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=cache()) as beside:
                folder = Path(beside) / name
                folder.mkdir()
                fill(folder)
                folder.rename(target)
    return target


def verify(path: Path, sha256: str) -> None:
    """Raise Unavailable if a file is not the one that we know."""
    if not path.exists():
        raise Unavailable(f"{path.name} was not delivered")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            digest.update(block)
    if digest.hexdigest() != sha256:
        raise Unavailable(
            f"{path.name} has the SHA-256 {digest.hexdigest()},"
            f" expected {sha256}"
        )


def fetch_with(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a package client in `folder`; raises Unavailable if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise Unavailable(f"needs {command[0]} to be fetched") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(
            f"{command[0]} took more than {_FETCH_SECONDS} s"
        ) from None
    if done.returncode:
        told = done.stdout.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"{command[0]} failed: {' '.join(told[-3:])}")
