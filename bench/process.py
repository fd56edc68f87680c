# SPDX-License-Identifier: Apache-2.0
"""What has a process used so far?"""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a running process, to 10 ms."""
    return parse_cpu(Path(f"/proc/{pid}/stat").read_text())


def parse_cpu(stat: str) -> float:
    """Return user and system time from the text of /proc/PID/stat."""
    # The program's name, in parentheses, may hold anything.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mib(pid: int, field: str) -> float:
    """Return a size from /proc/PID/status: VmHWM, the peak, or VmRSS."""
    return parse_memory(Path(f"/proc/{pid}/status").read_text(), field)


def parse_memory(status: str, field: str) -> float:
    """Return a field of /proc/PID/status in MiB."""
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) / 1024
    raise ValueError(f"no {field} in a process's status")
