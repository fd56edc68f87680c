# SPDX-License-Identifier: Apache-2.0
"""Log lines that people and machines can read: a sentence, then key=value."""

import json
import logging
import logging.handlers
import re
import socket
import sys
from pathlib import Path

NAME = "swift-s3-sync"
_PLAIN = re.compile(r"[\w./:@%+,*-]+", re.ASCII)
_FORMAT = "%(asctime)s %(levelname)s %(name)s[%(process)d]: %(message)s"
_FILE_BYTES = 100 * 1024 * 1024
_FILES = 5


def event(text: str, **fields: object) -> str:
    """Return `text key=value …`; None is left out, odd values are quoted."""
    pairs = (f"{k}={_value(v)}" for k, v in fields.items() if v is not None)
    return " ".join([text, *pairs])


def _value(value: object) -> str:
    text = str(value)
    return (
        text
        if _PLAIN.fullmatch(text)
        else json.dumps(text, ensure_ascii=False)
    )


def console_handler() -> logging.Handler:
    """Log to standard error."""
    return _formatted(logging.StreamHandler(sys.stderr))


def file_handler(path: Path) -> logging.Handler:
    """Log to `path`, keeping five files of 100 MiB."""
    return _formatted(
        logging.handlers.RotatingFileHandler(
            path, maxBytes=_FILE_BYTES, backupCount=_FILES, encoding="utf-8"
        )
    )


def syslog_handler(host: str, port: int, *, tcp: bool) -> logging.Handler:
    """Log to a syslog server. Raises OSError when TCP finds none.

    A line over TCP ends with a newline, as RFC 6587 has it.
    """
    handler = logging.handlers.SysLogHandler(
        (host, port),
        facility=logging.handlers.SysLogHandler.LOG_DAEMON,
        socktype=socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM,
    )
    handler.append_nul = False
    text = f"{NAME}[%(process)d]: %(levelname)s %(message)s"
    handler.setFormatter(logging.Formatter(text + ("\n" if tcp else "")))
    return handler


def _formatted(handler: logging.Handler) -> logging.Handler:
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler


def configure(handlers: list[logging.Handler], level: str) -> None:
    """Send all log messages of this process to `handlers`."""
    root = logging.getLogger()
    root.handlers[:] = handlers
    root.setLevel(level.upper())
    for chatty in ("boto3", "botocore", "urllib3", "swift"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # Who needs credentials tells why there are none, without a trace.
    logging.getLogger("botocore.credentials").setLevel(logging.ERROR)
