# SPDX-License-Identifier: Apache-2.0
"""What does loading a file with this content give?"""

import json
import tempfile
from pathlib import Path

from s3_sync.config import Config, load
from s3_sync.errors import ConfigError

RULE = {"account": "AUTH_a", "container": "c", "bucket": "bucket"}
CLONE = {"endpoint": "https://s3.example.com", "identity": "i", "secret": "s"}


def document(*rules, **keys):
    """Return a whole configuration with these rules, or with one."""
    return {
        "status_dir": "/var/lib/x",
        "containers": [*rules] or [RULE],
    } | keys


def as_file(content) -> bytes:
    """Return the bytes of a file that holds `content`."""
    if isinstance(content, bytes):
        return content
    return json.dumps(content).replace("Infinity", "1e999").encode()


def loaded(content, environ=None) -> Config:
    """Load `content`, an object or the bytes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sync.json")
        path.write_bytes(as_file(content))
        return load(path, environ or {})


def problems(content, environ=None) -> list[str]:
    """Return what is wrong with `content`."""
    try:
        loaded(content, environ)
    except ConfigError as error:
        return error.problems
    return []
