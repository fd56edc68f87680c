# SPDX-License-Identifier: Apache-2.0
"""Is the configuration file right, and what does it amount to?"""

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from s3_sync.config import Config, Rule, Site, load
from s3_sync.config.protocols import foreign
from s3_sync.errors import ConfigError
from s3_sync.stores.s3_providers import provider_of

_SECRETS = ("identity", "secret", "session_token", "external_id", "proxy")
_FOUND_BY_THE_SDK = ("identity", "secret")
_NOT_SETTINGS = ("rules", "sites", "warnings")


@click.command("check-config")
@click.argument("file", type=click.Path(path_type=Path))
def check_config(file: Path) -> None:
    """Say what is wrong with FILE, or what it amounts to.

    Problems go to standard error, one a line, and the exit status is 2.
    Otherwise rules and settings are shown with their defaults; secrets are
    shown by where they were found only.
    """
    try:
        config = load(file)
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo("\n".join(_report(config)))


def _report(config: Config) -> Iterator[str]:
    for index, rule in enumerate(config.rules):
        yield f"containers[{index}]: {_shown(rule.name)}"
        yield from _lines({"id": rule.id, **_rule(rule)})
    for name, site in config.sites.items():
        yield f"site {_shown(name)}: {site.label}"
        yield from _lines(_site(site))
    yield "settings"
    yield from _lines(_settings(config))
    for warning in config.warnings:
        yield f"warning: {warning}"


def _lines(pairs: dict[str, object]) -> Iterator[str]:
    width = max(map(len, pairs))
    for key, value in pairs.items():
        yield f"  {key:{width}}  {_shown(value)}"


def _shown(value: object) -> str:
    """Return `value` as the file would have it, but text without quotes."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return json.dumps(value)
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if text and text.isprintable() else json.dumps(text)


def _rule(rule: Rule) -> dict[str, object]:
    pairs = _fields(rule, "site", *foreign(rule.site.protocol))
    if rule.site.name is None:
        return {**pairs, **_site(rule.site)}
    return {**pairs, "site": rule.site.name}


def _site(site: Site) -> dict[str, object]:
    without = foreign(site.protocol)
    pairs = _fields(site, "name", "origins", *_SECRETS, *without)
    for key in _SECRETS:
        if key not in without:
            pairs[key] = _secret(site, key)
    if site.protocol == "s3":
        pairs["provider"] = provider_of(site).name
        pairs["capabilities"] = _capabilities(site)
    return pairs


def _capabilities(site: Site) -> str | None:
    """Return in what the site differs from its provider."""
    differing = (
        f"{name} {json.dumps(value)}" for name, value in site.capabilities
    )
    return ", ".join(differing) or None


def _secret(site: Site, key: str) -> str | None:
    if key in site.origins:
        return f"****** ({site.origins[key]})"
    if key in _FOUND_BY_THE_SDK and site.is_amazon:
        return "found by the SDK"
    return None


def _settings(config: Config) -> dict[str, object]:
    pairs = _fields(config, *_NOT_SETTINGS)
    if config.syslog:
        log = config.syslog
        pairs["syslog"] = f"{log.host}:{log.port} ({log.proto})"
    if config.statsd:
        pairs["statsd"] = f"{config.statsd.host}:{config.statsd.port}"
        pairs["statsd_prefix"] = config.statsd.prefix
    return pairs


def _fields(value: Config | Rule | Site, *without: str) -> dict[str, object]:
    return {
        field.name: getattr(value, field.name)
        for field in dataclasses.fields(value)
        if field.name not in without
    }
