# SPDX-License-Identifier: Apache-2.0
"""How long does the daemon live, and with which configuration?"""

import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s3_sync import log
from s3_sync.config import Config, load
from s3_sync.daemon.bootstrap import explained, use_swift_of
from s3_sync.daemon.processes import Processes
from s3_sync.errors import ConfigError, S3SyncError
from s3_sync.replication.journal import Journal

if TYPE_CHECKING:
    from s3_sync.daemon.service import Service

LOGGER = logging.getLogger(__name__)

OK, UNFINISHED = 0, 1
"""Exit codes; errors that prevent a start become 2 in the command line."""

WATCH_SECONDS = 0.25


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    config: Path
    once: bool = False
    console: bool = False
    log_level: str | None = None
    process: int | None = None
    """This process's number, when the node's work is shared by several."""

    def command(self, process: int) -> list[str]:
        """Return what runs one of several processes."""
        options = ["--config", str(self.config), "--process", str(process)]
        if self.once:
            options.append("--once")
        if self.console:
            options.append("--console")
        if self.log_level:
            options += ["--log-level", self.log_level]
        return [sys.executable, sys.argv[0], *options]


class Daemon:
    """Runs one service after the other, one for each configuration.

    The file is read again when it changes and on SIGHUP. A broken one is
    reported, and the last good one stays. SIGTERM and SIGINT end it.
    """

    def __init__(self, options: Options) -> None:
        """Read the configuration; raises ConfigError."""
        self._options = options
        self._ending = threading.Event()
        self._version = _version(options.config)
        self._config = load(options.config)
        self._proven: Config | None = None

    def run(self) -> int:
        """Work until told to end; return the exit code.

        Raises ConfigError and JournalError while starting.
        """
        _start_logging(self._config, self._options)
        self._warn()
        use_swift_of(self._config)
        self._listen_to_signals()
        if self._options.process is not None:
            threading.Thread(target=self._end_with_parent, daemon=True).start()
        elif self._config.processes > 1:
            return self._run_processes()
        complete = True
        while not self._ending.is_set():
            complete = self._serve()
            if self._options.once:
                break
        return OK if complete else UNFINISHED

    def _warn(self) -> None:
        if self._options.process is None:  # or each process would
            for warning in self._config.warnings:
                LOGGER.warning("configuration: %s", warning)

    def _run_processes(self) -> int:
        Journal(self._config.status_dir).close()  # or none could start
        processes = Processes(
            self._options.command,
            self._config.processes,
            once=self._options.once,
        )
        signal.signal(signal.SIGHUP, lambda *_: processes.reload())
        return processes.run(self._ending)

    def _end_with_parent(self) -> None:
        # Nothing is ever written to the pipe: readable means closed. A plain
        # read would stop the green threads; eventlet's `select` overlooks
        # descriptor 0.
        select.select([os.dup(sys.stdin.fileno())], [], [])
        self._ending.set()

    def _serve(self) -> bool:
        """Run a service until it is done, the end, or a reload."""
        service = self._open()
        served = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(service, served))
        watcher.start()
        LOGGER.info(log.event("started", rules=len(self._config.rules)))
        try:
            return service.run()
        finally:
            served.set()
            watcher.join()
            service.close()
            LOGGER.info("stopped")

    def _open(self) -> "Service":
        """Open a service; if it is not the first, one that works at least."""
        try:
            service = _open(self._config, self._options)
        except S3SyncError as error:
            if self._proven is None:
                raise
            LOGGER.error("cannot start anew, the last one goes on: %s", error)
            self._config = self._proven
            service = _open(self._config, self._options)
        self._proven = self._config
        return service

    def _listen_to_signals(self) -> None:
        # Only flags here: a handler may run while the hub switches.
        signal.signal(signal.SIGTERM, lambda *_: self._ending.set())
        signal.signal(signal.SIGINT, lambda *_: self._ending.set())
        signal.signal(signal.SIGHUP, lambda *_: self._forget_version())

    def _forget_version(self) -> None:
        self._version = None

    def _watch(self, service: "Service", served: threading.Event) -> None:
        """Stop `service` when the end has come or its rules have changed."""
        while not served.wait(WATCH_SECONDS):
            if self._ending.is_set() or self._changed():
                service.stop()
                return

    def _changed(self) -> bool:
        version = _version(self._options.config)
        if self._options.once or version == self._version:
            return False
        self._version = version
        return self._read_again()

    def _read_again(self) -> bool:
        """Take a changed configuration; False: all stays as it is."""
        try:
            config = load(self._options.config)
            _refuse_what_needs_a_start(self._config, config)
            _start_logging(config, self._options)
        except S3SyncError as error:
            for line in str(error).splitlines():
                LOGGER.error(
                    "configuration not reloaded, the last one stays: %s", line
                )
            return False
        if config == self._config:
            return False
        LOGGER.info("configuration changed: starting again with it")
        self._config = config
        self._warn()
        return True


def _open(config: Config, options: Options) -> "Service":
    # Swift's modules, which it imports, read swift.conf once: use_swift_of
    # must have come before.
    from s3_sync.daemon.service import Service

    with explained(config):
        return Service(config, once=options.once, process=options.process or 0)


def _refuse_what_needs_a_start(old: Config, new: Config) -> None:
    for key in ("swift_dir", "processes"):
        if getattr(old, key) != getattr(new, key):
            raise ConfigError(key, ["cannot change while running"])


def _version(path: Path) -> tuple[int, int] | None:
    """Return what changes when the file does; None: it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino


def _start_logging(config: Config, options: Options) -> None:
    """Log where the configuration says; raises ConfigError."""
    handlers = []
    if config.log_file:
        path = _log_file(config.log_file, options)
        with _needed("log_file"):
            handlers.append(log.file_handler(path))
    if config.syslog:
        host, port = config.syslog.host, config.syslog.port
        tcp = config.syslog.proto == "tcp"
        with _needed(f"syslog {host}:{port}"):
            handlers.append(log.syslog_handler(host, port, tcp=tcp))
    if options.console or not handlers:
        handlers.append(log.console_handler())
    log.configure(handlers, options.log_level or config.log_level)


@contextmanager
def _needed(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(what, [str(error)]) from error


def _log_file(path: Path, options: Options) -> Path:
    """Give each process its own file, or they could not rotate them."""
    if not options.process:
        return path
    return path.with_name(f"{path.name}-{options.process}")
