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
from s3_sync.daemon.lock import DaemonLock
from s3_sync.daemon.processes import Processes
from s3_sync.errors import ConfigError, S3SyncError
from s3_sync.replication.set_aside import open_journal

if TYPE_CHECKING:
    from s3_sync.daemon.service import Service

LOGGER = logging.getLogger(__name__)

OK, UNFINISHED = 0, 1
"""Exit codes; errors that prevent a start become 2 in the command line."""

WATCH_SECONDS = 0.25
REOPEN_SECONDS = 5.0
"""Between two attempts to go on with a journal that was lost."""


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
    reported, and the last good one stays. SIGTERM and SIGINT end it. One of
    several processes leaves the file to the one that started it, which
    sends it SIGHUP.
    """

    def __init__(self, options: Options) -> None:
        """Read the configuration; raises ConfigError."""
        self._options = options
        self._ending = threading.Event()
        self._version = _version(options.config)
        self._told_to_read = False
        self._config = load(options.config)
        self._proven: Config | None = None
        self._locks: dict[Path, DaemonLock] = {}

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
            return self._run_services()
        try:
            self._lock(self._config)
            if self._config.processes > 1:
                return self._run_processes()
            return self._run_services()
        finally:
            self._keep_locks()

    def _lock(self, config: Config) -> None:
        """Make sure that no other daemon works with the `status_dir`."""
        folder = config.status_dir.resolve()
        if self._options.process is None and folder not in self._locks:
            self._locks[folder] = DaemonLock(config.status_dir)

    def _keep_locks(self, *configs: Config) -> None:
        """Give the locks back that are for none of these."""
        kept = [config.status_dir.resolve() for config in configs]
        for folder in [f for f in self._locks if f not in kept]:
            self._locks.pop(folder).release()

    # The one that starts several processes.

    def _warn(self) -> None:
        if self._options.process is None:  # or each process would
            for warning in self._config.warnings:
                LOGGER.warning("configuration: %s", warning)

    def _run_processes(self) -> int:
        self._prepare_journal(self._config)  # or no process could start
        processes = Processes(
            self._options.command,
            self._config.processes,
            once=self._options.once,
            shared=self._descriptors(),
        )
        return processes.run(self._ending, lambda: self._follow(processes))

    def _prepare_journal(self, config: Config) -> None:
        journal = open_journal(config.status_dir)
        journal.pauses.clear()
        journal.close()

    def _descriptors(self) -> tuple[int, ...]:
        folder = self._config.status_dir.resolve()
        return (self._locks[folder].descriptor,)

    def _follow(self, processes: Processes) -> None:
        """Make all processes take a changed configuration."""
        before = self._config
        if not self._changed():
            return
        if self._config.status_dir == before.status_dir:
            processes.reload()
            return
        try:
            self._prepare_journal(self._config)
        except S3SyncError as error:
            LOGGER.error("cannot start anew, the last one goes on: %s", error)
            self._config = before
            self._keep_locks(before)
        else:
            processes.restart(self._descriptors())
            self._keep_locks(self._config)

    # One that works.

    def _run_services(self) -> int:
        complete, again = True, True
        while again and not self._ending.is_set():
            complete, again = self._serve()
        return OK if complete else UNFINISHED

    def _end_with_parent(self) -> None:
        # Nothing is ever written to the pipe: readable means closed. A plain
        # read would stop the green threads; eventlet's `select` overlooks
        # descriptor 0.
        select.select([os.dup(sys.stdin.fileno())], [], [])
        self._ending.set()

    def _serve(self) -> tuple[bool, bool]:
        """Run a service until it is done, the end, or a reload.

        Return whether it did all there was, and whether another follows.
        """
        service = self._open()
        if service is None:
            return False, False
        served = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(service, served))
        watcher.start()
        LOGGER.info(log.event("started", rules=len(self._config.rules)))
        try:
            complete = service.run()
            return complete, service.journal_lost or not self._options.once
        finally:
            served.set()
            watcher.join()
            service.close()
            LOGGER.info("stopped")

    def _open(self) -> "Service | None":
        """Open a service; if it is not the first, one that works at least.

        None: it was told to end before one did.
        """
        while not self._ending.is_set():
            try:
                service = _open(self._config, self._options)
            except S3SyncError as error:
                if self._proven is None:
                    raise
                self._wait_to_reopen(error)
            else:
                self._proven = self._config
                self._keep_locks(self._config)
                return service
        return None

    def _wait_to_reopen(self, error: S3SyncError) -> None:
        """Fall back to what worked last; where that fails, be patient.

        What worked once may fail now: the journal was lost, and there is no
        room for another.
        """
        LOGGER.error("cannot start anew, the last one goes on: %s", error)
        if self._proven and self._config != self._proven:
            self._config = self._proven
        else:
            self._ending.wait(REOPEN_SECONDS)

    def _listen_to_signals(self) -> None:
        # Only flags here: a handler may run while the hub switches.
        signal.signal(signal.SIGTERM, lambda *_: self._ending.set())
        signal.signal(signal.SIGINT, lambda *_: self._ending.set())
        signal.signal(signal.SIGHUP, lambda *_: self._tell_to_read())

    def _tell_to_read(self) -> None:
        self._told_to_read = True

    def _watch(self, service: "Service", served: threading.Event) -> None:
        """Stop `service` when the end has come or its rules have changed."""
        while not served.wait(WATCH_SECONDS):
            if self._ending.is_set() or self._changed():
                service.stop()
                return

    def _changed(self) -> bool:
        version = _version(self._options.config)
        is_another = version != self._version and self._options.process is None
        if self._options.once or not (self._told_to_read or is_another):
            return False
        self._told_to_read = False
        self._version = version
        return self._read_again()

    def _read_again(self) -> bool:
        """Take a changed configuration; False: all stays as it is."""
        try:
            config = load(self._options.config)
            _refuse_what_needs_a_start(self._config, config)
            self._lock(config)
            _start_logging(config, self._options)
        except S3SyncError as error:
            self._keep_locks(self._config)
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
