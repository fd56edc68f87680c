# SPDX-License-Identifier: Apache-2.0
"""Where do the log lines of the all-in-one's servers go?"""

import logging
import logging.handlers
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FORMAT = "%(asctime)s %(levelname)s %(server)s: %(message)s"
_TAIL_BYTES = 4000
_STDERR = 2


def only_to_stderr(*args: Any) -> None:
    """Let a logger of Swift write to standard error and nowhere else.

    Swift calls it for every logger that it makes (`log_custom_handlers`),
    after it has connected the logger with the host's syslog.
    """
    let_write_to_stderr(args[5])


def let_write_to_stderr(logger: logging.Logger) -> None:
    """Exchange all handlers of `logger` for standard error."""
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    stream = logging.StreamHandler(sys.__stderr__)
    stream.setFormatter(logging.Formatter(_FORMAT))
    logger.addHandler(stream)


def redirect_output(path: Path) -> None:
    """Append what this process prints from now on to `path`."""
    log = _open(path)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()
            os.dup2(log, stream.fileno())
    os.close(log)


@contextmanager
def errors_go_to(path: Path) -> Iterator[None]:
    """Append standard error to `path` within the block only."""
    kept = os.dup(_STDERR)
    log = _open(path)
    os.dup2(log, _STDERR)
    os.close(log)
    try:
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def tail(path: Path) -> str:
    """Return the end of a log file, empty if there is none."""
    try:
        text = path.read_bytes()[-_TAIL_BYTES:]
    except OSError:
        return ""
    return text.decode(errors="replace").strip()
