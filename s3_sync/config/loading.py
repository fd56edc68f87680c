# SPDX-License-Identifier: Apache-2.0
"""How does the operator's file become a configuration?"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from s3_sync.config import endpoint as endpoints
from s3_sync.config import transport
from s3_sync.config.conflicts import conflicts
from s3_sync.config.document import read
from s3_sync.config.predecessor import (
    FILE_NOT_BUILT,
    IGNORED,
    Sorted,
    sort_out,
)
from s3_sync.config.protocols import (
    bucket_problems,
    lacking_for_swift,
    misplaced,
)
from s3_sync.config.schema import (
    SPELLINGS,
    FileKeys,
    RuleKeys,
    SiteKeys,
    SyslogKeys,
)
from s3_sync.config.secret import Credential, Sources
from s3_sync.config.sections import Section, check, respelled
from s3_sync.config.values import Config, Rule, Site, Statsd, Syslog
from s3_sync.config.words import found, member, suggestion
from s3_sync.errors import ConfigError
from s3_sync.model.keys import EVERY_CONTAINER

_SITE_KEYS = tuple(SiteKeys.model_fields)
_SECRETS = ("identity", "secret", "session_token", "external_id")
_FILES = ("ca_file", "client_cert", "client_key")
_AS_THEY_ARE = tuple(
    key
    for key in _SITE_KEYS
    if key not in (*_SECRETS, *_FILES, "region", "capabilities")
)


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Return what `path` says; ConfigError lists everything wrong with it.

    Relative paths of secrets start in the folder of `path`.
    """
    config, problems = _examine(path, Sources(environ, path.parent))
    if config is None:
        # Raised here, where neither text nor secrets are in reach of a
        # traceback.
        raise ConfigError(str(path), problems)
    return config


@dataclass(frozen=True)
class _Reading:
    """What was found so far."""

    sources: Sources
    sites: dict[str, Site | None] = field(default_factory=dict, repr=False)
    rules: dict[str, Rule] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    proxies: dict[str, Credential] = field(default_factory=dict, repr=False)
    """By the scheme of the endpoints that are reached through them."""

    def sort_out(self, sorted_out: Sorted) -> Section:
        """Note what was said of the predecessor's keys."""
        self.problems.extend(sorted_out.problems)
        self.warnings.extend(sorted_out.warnings)
        return sorted_out.section


def _examine(path: Path, sources: Sources) -> tuple[Config | None, list[str]]:
    raw, problems = read(path)
    if raw is None:
        return None, problems
    reading = _Reading(sources, problems=problems)
    top = reading.sort_out(
        sort_out(Section("", raw, {}), FILE_NOT_BUILT, IGNORED)
    )
    keys, wrong = check(FileKeys, top, sources)
    problems += wrong
    if keys:
        reading.proxies.update(_proxies(keys))
    syslog = _syslog(reading, raw.get("syslog"))
    _sites(reading, raw.get("sites"))
    _rules(reading, raw.get("containers"))
    problems += conflicts(reading.rules)
    if keys is None or problems:
        return None, problems
    return _config(keys, reading, syslog), []


def _config(
    keys: FileKeys, reading: _Reading, syslog: Syslog | None
) -> Config:
    swift_dir = Path(keys.swift_dir)
    client = keys.internal_client_path
    sites = {name: site for name, site in reading.sites.items() if site}
    return Config(
        rules=tuple(reading.rules.values()),
        sites=MappingProxyType(sites),
        status_dir=Path(keys.status_dir),
        swift_dir=swift_dir,
        devices=Path(keys.devices),
        swift_bind_ip=keys.swift_bind_ip,
        poll_interval=keys.poll_interval,
        verification_slack=keys.verification_slack,
        workers=keys.workers,
        processes=keys.processes,
        internal_client_path=Path(
            client or swift_dir / "internal-client.conf"
        ),
        log_file=Path(keys.log_file) if keys.log_file else None,
        log_level=keys.log_level,
        syslog=syslog,
        statsd=_statsd(keys),
        warnings=tuple(reading.warnings),
    )


def _statsd(keys: FileKeys) -> Statsd | None:
    if not keys.statsd_host:
        return None
    return Statsd(keys.statsd_host, keys.statsd_port, keys.statsd_prefix)


def _proxies(keys: FileKeys) -> dict[str, Credential]:
    proxies = {"http": keys.http_proxy, "https": keys.https_proxy}
    return {scheme: url for scheme, url in proxies.items() if url}


def _syslog(reading: _Reading, raw: object) -> Syslog | None:
    # An empty object has always meant "no syslog".
    if not isinstance(raw, dict) or not raw:
        return None
    section = Section("syslog", raw, {})
    keys, wrong = check(SyslogKeys, section, reading.sources)
    reading.problems.extend(wrong)
    return Syslog(keys.host, keys.port, keys.proto) if keys else None


def _sites(reading: _Reading, raw: object) -> None:
    for name, entry in raw.items() if isinstance(raw, dict) else ():
        section = _section(reading, member("sites", name), entry)
        reading.sites[name] = (
            _site(reading, section, name) if section else None
        )


def _rules(reading: _Reading, raw: object) -> None:
    for index, entry in enumerate(raw if isinstance(raw, list) else ()):
        path = f"containers[{index}]"
        section = _section(reading, path, entry)
        rule = _rule(reading, section) if section else None
        if rule:
            reading.rules[path] = rule


def _section(reading: _Reading, path: str, raw: object) -> Section | None:
    if not isinstance(raw, dict):
        got = found(raw, kind=True)
        reading.problems.append(f"{path}: expected an object, got {got}")
        return None
    section, wrong = respelled(path, raw)
    reading.problems.extend(wrong)
    return reading.sort_out(sort_out(section))


def _site(
    reading: _Reading, section: Section, name: str | None
) -> Site | None:
    known = (k for k, ours in SPELLINGS.items() if ours in _SITE_KEYS)
    keys, wrong = check(SiteKeys, section, reading.sources, known)
    if section.keys.get("protocol") == "swift":
        wrong += lacking_for_swift(section)
    else:
        wrong += _lacking(section)
    if keys:
        wrong += misplaced(section, keys.protocol)
        wrong += transport.problems(section, keys)
    reading.problems.extend(wrong)
    if keys is None or wrong:
        return None
    reading.warnings.extend(transport.warnings(section, keys))
    credentials = {k: getattr(keys, k) for k in _SECRETS if k in section.keys}
    proxy = _proxy_to(keys.endpoint, reading.proxies)
    if proxy:
        credentials["proxy"] = proxy
    given: dict[str, Any] = keys.model_dump(include={*_AS_THEY_ARE})
    return Site(
        **given,
        ca_file=_file(keys.ca_file),
        client_cert=_file(keys.client_cert),
        client_key=_file(keys.client_key),
        **{key: each.value for key, each in credentials.items()},
        region=_region(keys),
        capabilities=tuple(keys.capabilities.items()),
        name=name,
        origins=MappingProxyType(
            {key: each.origin for key, each in credentials.items()}
        ),
    )


def _file(path: str | None) -> Path | None:
    return Path(path) if path else None


def _proxy_to(
    endpoint: str | None, proxies: Mapping[str, Credential]
) -> Credential | None:
    """Return the way to an endpoint; this machine itself needs none."""
    if endpoint and endpoints.is_loopback(endpoint):
        return None
    scheme = endpoint.partition("://")[0] if endpoint else "https"
    return proxies.get(scheme)


def _region(keys: SiteKeys) -> str | None:
    """Return the region; of Swift it is the catalog's, or the only one."""
    if keys.protocol == "swift" or keys.region:
        return keys.region
    region = endpoints.amazon_region(keys.endpoint)
    return region or endpoints.default_region(keys.endpoint)


def _lacking(section: Section) -> list[str]:
    """Return which credentials are not there, but must be."""
    try:
        given = section.keys.get("endpoint")
        at = endpoints.canonical(given) if isinstance(given, str) else None
    except ValueError:
        at = None
    there = [key for key in _SECRETS[:3] if key in section.keys]
    if not endpoints.is_amazon(at):
        because = "only Amazon's own endpoints do without"
    elif there:
        because = f"{there[0]} is there"
    else:
        return []
    return [
        f"{section.at(key)}: required, because {because}"
        for key in ("identity", "secret")
        if key not in there
    ]


def _rule(reading: _Reading, section: Section) -> Rule | None:
    own = [key for key in section.keys if key not in _SITE_KEYS]
    known = {*SPELLINGS, *_SITE_KEYS}
    keys, wrong = check(RuleKeys, section.only(own), reading.sources, known)
    reading.problems.extend(wrong)
    site = _site_of(reading, section)
    protocol = site.protocol if site else section.keys.get("protocol", "s3")
    told = bucket_problems(section, str(protocol))
    if site:
        told += misplaced(section.only(own), site.protocol)
    reading.problems.extend(told)
    if keys is None or site is None or told:
        return None
    same = "" if keys.container == EVERY_CONTAINER else keys.container
    return Rule(
        account=keys.account,
        container=keys.container,
        bucket=keys.bucket or same,
        site=site,
        custom_prefix=keys.custom_prefix,
        propagate_delete=keys.propagate_delete,
        metadata_prefix=keys.metadata_prefix,
        head_first_size=keys.head_first_size,
        versioned=keys.versioned,
        remote_account=keys.remote_account,
        storage_policy=keys.storage_policy,
    )


def _site_of(reading: _Reading, section: Section) -> Site | None:
    if "site" not in section.keys:
        return _site(reading, section.only(_SITE_KEYS), None)
    name = section.keys["site"]
    inline = section.only(_SITE_KEYS)
    reading.problems.extend(
        f"{section.at(key)}: belongs to the site, and site names one"
        for key in inline.keys
    )
    if not isinstance(name, str) or not name:
        return None
    if name not in reading.sites:
        near = suggestion(name, reading.sites)
        reading.problems.append(
            f"{section.at('site')}: sites has no {found(name)}{near}"
        )
    return None if inline.keys else reading.sites.get(name)
