# SPDX-License-Identifier: Apache-2.0
"""How is MinIO built from its Go module and run?

Its makers no longer offer programs of the free edition, only the source.
"""

import shutil
from pathlib import Path

from test.servers.downloads import fetch_with, fetched
from test.servers.keeper import HOST, Keeper, answers, free_port

MODULE = "github.com/minio/minio"
VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
"""Its last commit; Go's checksum database holds the SHA-256 of the source."""

IDENTITY = "identity"
SECRET = "minio-secret"


def fetch() -> Path:
    """Return the folder with the program; builds it for some minutes."""
    return fetched(f"minio-{VERSION}", _build)


def _build(folder: Path) -> None:
    go = {
        "GOBIN": str(folder),
        "GOPATH": str(folder / "go"),
        "GOCACHE": str(folder / "go" / "cache"),
        "GOFLAGS": "-trimpath -modcacherw",
        "CGO_ENABLED": "0",
    }
    fetch_with(["go", "install", f"{MODULE}@{VERSION}"], folder, go)
    shutil.rmtree(folder / "go")


def start(keeper: Keeper) -> dict[str, str]:
    """Start it; return where it is and how to log in."""
    program = fetch() / "minio"
    port = free_port()
    keeper.environment.update(
        MINIO_ROOT_USER=IDENTITY,
        MINIO_ROOT_PASSWORD=SECRET,
        MINIO_BROWSER="off",
        MINIO_UPDATE="off",
    )
    data = str(keeper.folder / "data")
    address = f"{HOST}:{port}"
    keeper.spawn("minio", [str(program), "server", "--address", address, data])
    keeper.wait_until(lambda: answers(port), "answering")
    return {
        "endpoint": f"http://{address}",
        "identity": IDENTITY,
        "secret": SECRET,
    }
