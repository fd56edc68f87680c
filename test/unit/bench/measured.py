# SPDX-License-Identifier: Apache-2.0
"""What could a benchmark have measured?"""

from bench.daemon import Usage
from bench.idle_containers import IdleContainers
from bench.lag import Lag
from bench.transfers import Idle, Transfer

IDLE_RUN = Idle(
    wall_seconds=1.0,
    cpu_seconds=0.5,
    peak_rss_mib=80.0,
    remote_requests=0,
    local_requests=0,
)


def transfer(name="4 KiB", remote=None, idle=IDLE_RUN, peak=90.0):
    return Transfer(
        name=name,
        operations=100,
        size=4096,
        usage=Usage(3.0, 1.0, peak, {"local_requests": 100, "put": 100}),
        remote=remote or {"PUT": 100, "LIST": 1, "bytes": 409600},
        sink_cpu_seconds=0.1,
        idle=idle,
    )


def lag(p50=0.5, p99=1.0, peak=95.0):
    return Lag(
        objects=2000,
        per_second=50.0,
        p50_seconds=p50,
        p90_seconds=0.9,
        p99_seconds=p99,
        longest_seconds=1.2,
        remote={"PUT": 2000, "bytes": 1},
        cpu_percent=20.0,
        swift_cpu_percent=40.0,
        sink_cpu_percent=2.0,
        peak_rss_mib=peak,
    )


def idle(containers=10_000, cpu=0.2, peak=150.0):
    return IdleContainers(
        containers=containers,
        first_seconds=40.0,
        first_cpu_seconds=12.0,
        first_listings=40,
        polls=30,
        seconds_per_poll=1.0,
        cpu_per_poll=cpu,
        cpu_of_dearest_poll=0.4,
        swift_cpu_per_poll=0.1,
        rss_mib=150.0,
        peak_rss_mib=peak,
        remote_requests=0,
    )
