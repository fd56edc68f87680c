# SPDX-License-Identifier: Apache-2.0
"""What must be right on a node before anything can start?"""

from collections.abc import Iterator
from contextlib import contextmanager

from container_crawler.swift_dir import use_swift_dir
from s3_sync.config import Config
from s3_sync.errors import ConfigError


def use_swift_of(config: Config) -> None:
    """Make Swift's modules read the `swift.conf` that `config` names.

    Call it before the first of them is imported, which reads that file.
    Raises ConfigError.
    """
    with explained(config):
        use_swift_dir(config.swift_dir)


@contextmanager
def explained(config: Config) -> Iterator[None]:
    """Raise ConfigError in place of what Swift says of its own files.

    Rings, `swift.conf` and the internal client's file are the operator's as
    much as ours is.
    """
    try:
        yield
    except (OSError, LookupError, ValueError, RuntimeError) as error:
        problem = f"swift_dir {config.swift_dir}: {_told(error)}"
        raise ConfigError("cannot start", [problem]) from error


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)
