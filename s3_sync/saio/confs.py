# SPDX-License-Identifier: Apache-2.0
"""What do the configuration files of the all-in-one say?"""

import base64
import os
import pwd
from collections.abc import Mapping

from s3_sync.saio.layout import PROXY, USERS, Plan, Ports, Server

Sections = dict[str, dict[str, str]]

_PROXY_PIPELINE = (
    "catch_errors gatekeeper healthcheck proxy-logging cache listing_formats "
    "container_sync bulk tempurl s3api tempauth staticweb copy "
    "container-quotas account-quotas slo dlo versioned_writes symlink "
    "proxy-logging proxy-server"
)
_INTERNAL_PIPELINE = "catch_errors cache symlink proxy-server"

# Every process has a cache of its own and hears of no change that another
# one makes. After this time it looks again; that is long enough to answer
# three times as many requests as without a cache.
_RECHECK_SECONDS = "2"
_RECHECKED = (
    "account_existence",
    "container_existence",
    "listing_shard_ranges",
    "updating_shard_ranges",
)

# Tokens that every proxy of the cluster understands, without memcached.
_TOKEN_KEY = base64.urlsafe_b64encode(
    b"all-in-one on loopback, no secret"[:32]
)

_FILTER_OPTIONS: Mapping[str, dict[str, str]] = {
    "cache": {"paste.filter_factory": "s3_sync.saio.cache:filter_factory"},
    "s3api": {
        "location": "us-east-1",
        "dns_compliant_bucket_names": "false",
    },
    "tempauth": {
        **{
            f"user_{user.account}_{user.name}": f"{user.key} {user.groups}"
            for user in USERS
        },
        "fernet_key_saio": _TOKEN_KEY.decode(),
        "active_fernet_key_id": "saio",
    },
    "versioned_writes": {
        "allow_versioned_writes": "true",
        "allow_object_versioning": "true",
    },
}


def conf_files(plan: Plan, ports: Ports) -> dict[str, str]:
    """Return the text of every file in the cluster's `swift_dir`."""
    backends = [server for server in ports if server != PROXY]
    files = {
        "swift.conf": swift_conf(plan),
        "proxy-server.conf": proxy_conf(plan, ports[PROXY]),
        "internal-client.conf": internal_client_conf(plan),
        **{
            f"{server.name}.conf": backend_conf(plan, server, ports[server])
            for server in backends
        },
    }
    return {name: render(sections) for name, sections in files.items()}


def render(sections: Sections) -> str:
    """Return `sections` as the text of an ini file."""
    lines = []
    for name, options in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {value}" for key, value in options.items()]
        lines.append("")
    return "\n".join(lines)


def swift_conf(plan: Plan) -> Sections:
    """Return the hash path and the storage policies."""
    return {
        # Fixed, so that a folder that is used again shows its data again.
        "swift-hash": {
            "swift_hash_path_prefix": "saio",
            "swift_hash_path_suffix": "saio",
        },
        **{
            f"storage-policy:{number}": {
                "name": f"policy-{number}",
                "default": "no" if number else "yes",
            }
            for number in range(plan.policies)
        },
    }


def proxy_conf(plan: Plan, port: int) -> Sections:
    """Return what Swift's sample has, plus the S3 API and three users."""
    return {
        "DEFAULT": _defaults(plan, PROXY, port),
        **_proxy_sections(_PROXY_PIPELINE),
    }


def internal_client_conf(plan: Plan) -> Sections:
    """Return a proxy for use within daemons, which may do anything."""
    return {
        "DEFAULT": {"swift_dir": str(plan.swift_dir)},
        **_proxy_sections(_INTERNAL_PIPELINE),
    }


def backend_conf(plan: Plan, server: Server, port: int) -> Sections:
    """Return the file of a server and of the daemons beside it."""
    recon = str(plan.recon(server.node))
    app = f"{server.kind}-server"
    return {
        "DEFAULT": {
            **_defaults(plan, server, port),
            "devices": str(plan.devices(server.node)),
            "mount_check": "false",
            "disable_fallocate": "true",
            "recon_cache_path": recon,
            # Daemons change to it, by default to "swift".
            "user": pwd.getpwuid(os.getuid()).pw_name,
        },
        "pipeline:main": {"pipeline": f"healthcheck recon {app}"},
        f"app:{app}": {"use": f"egg:swift#{server.kind}"},
        "filter:healthcheck": {"use": "egg:swift#healthcheck"},
        "filter:recon": {"use": "egg:swift#recon", "recon_cache_path": recon},
        **_daemon_sections(plan, server.kind),
    }


def _defaults(plan: Plan, server: Server, port: int) -> dict[str, str]:
    return {
        "swift_dir": str(plan.swift_dir),
        "bind_ip": server.ip,
        "bind_port": str(port),
        "workers": "0",
        "log_level": "INFO",
        "log_custom_handlers": "s3_sync.saio.log_lines.only_to_stderr",
    }


def _proxy_sections(pipeline: str) -> Sections:
    *filters, app = pipeline.split()
    return {
        "pipeline:main": {"pipeline": pipeline},
        f"app:{app}": {
            "use": "egg:swift#proxy",
            "account_autocreate": "true",
            "allow_account_management": "true",
            # With few nodes, to avoid one that failed is to fail.
            "error_suppression_interval": "1",
            "error_suppression_limit": "1000",
            **{f"recheck_{what}": _RECHECK_SECONDS for what in _RECHECKED},
        },
        **{f"filter:{name}": _filter(name) for name in sorted(set(filters))},
    }


def _filter(name: str) -> dict[str, str]:
    options = _FILTER_OPTIONS.get(name, {})
    if "paste.filter_factory" in options:
        return options
    return {"use": f"egg:swift#{name.replace('-', '_')}", **options}


def _daemon_sections(plan: Plan, kind: str) -> Sections:
    client = {
        "internal_client_conf_path": str(
            plan.swift_dir / "internal-client.conf"
        )
    }
    daemons: dict[str, Sections] = {
        "account": {"auditor": {}, "reaper": {}, "replicator": {}},
        "container": {
            "auditor": {},
            "replicator": {},
            # Small, since only containers that ask for it are sharded.
            "sharder": {
                **client,
                "auto_shard": "true",
                "shard_container_threshold": "100",
                "cleave_batch_size": "100",
            },
            "sync": client,
            "updater": {"account_suppression_time": "0"},
        },
        "object": {
            "auditor": {},
            "expirer": {**client, "dequeue_from_legacy": "true"},
            "replicator": {"sync_method": "ssync"},
            "updater": {},
        },
    }
    return {f"{kind}-{name}": daemons[kind][name] for name in daemons[kind]}
