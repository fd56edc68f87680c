# SPDX-License-Identifier: Apache-2.0
"""Which node holds which partition?"""

from typing import Any

from s3_sync.saio.layout import (
    BACKENDS,
    DEVICE,
    Plan,
    Ports,
    SaioError,
    Server,
)

_PART_POWER = 6


def write_rings(plan: Plan, ports: Ports) -> None:
    """Write builder and ring files that name `ports`.

    A builder that exists is kept and only its ports are changed: a new one
    would put the partitions elsewhere and hide the data. `use_swift_dir`
    must have been called.
    """
    for ring in ring_names(plan):
        _write_ring(plan, ring, ports)


def ring_names(plan: Plan) -> list[str]:
    """Return the names of the cluster's rings."""
    more = [f"object-{policy}" for policy in range(1, plan.policies)]
    return [*BACKENDS, *more]


def _write_ring(plan: Plan, ring: str, ports: Ports) -> None:
    from swift.common.ring import RingBuilder

    path = plan.swift_dir / f"{ring}.builder"
    if path.exists():
        builder = RingBuilder.load(str(path))
        _check(builder, plan)
    else:
        builder = RingBuilder(_PART_POWER, _replicas(plan), 0)
        for node in range(1, plan.nodes + 1):
            builder.add_dev(_device(node))
        builder.rebalance()
    _set_ports(builder, ring.partition("-")[0], ports)
    builder.save(str(path))
    builder.get_ring().save(str(path.with_suffix(".ring.gz")))


def _replicas(plan: Plan) -> int:
    return min(plan.replicas, plan.nodes)


def _device(node: int) -> dict[str, Any]:
    ip = Server("proxy", node).ip
    return {
        "region": 1,
        "zone": node,
        "ip": ip,
        "port": 0,
        "replication_ip": ip,
        "replication_port": 0,
        "device": DEVICE,
        "weight": 1.0,
        "meta": "",
    }


def _set_ports(builder: Any, kind: str, ports: Ports) -> None:
    for device in builder.devs:
        port = ports[Server(kind, device["zone"])]
        device.update(port=port, replication_port=port)
    builder.version += 1


def _check(builder: Any, plan: Plan) -> None:
    made = (len(builder.devs), int(builder.replicas))
    if made != (plan.nodes, _replicas(plan)):
        raise SaioError(
            f"{plan.root} was made with {made[0]} node(s) and {made[1]} "
            "replica(s); ask for the same, or choose another folder"
        )
