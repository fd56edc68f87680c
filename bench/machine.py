# SPDX-License-Identifier: Apache-2.0
"""On what were the figures measured?"""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("swift", "eventlet", "greenlet", "botocore", "urllib3")


def describe_machine(folder: Path) -> dict[str, str]:
    """Return what matters, by name; the data are in `folder`."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return {
        "processor": f"{os.cpu_count()} cores of {cpu_model(cpuinfo)}",
        "memory": f"{pages / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_version()}, {platform.libc_ver()[0]}",
        "packages": f"{packages}, SQLite {sqlite3.sqlite_version}",
        "data in": str(folder.parent),
        "load before": load(),
    }


def load() -> str:
    """Return how many processes want to run: 1, 5 and 15 minutes' mean."""
    return " ".join(f"{mean:.2f}" for mean in os.getloadavg())


def cpu_model(cpuinfo: str) -> str:
    """Return the model's name from the text of /proc/cpuinfo."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
