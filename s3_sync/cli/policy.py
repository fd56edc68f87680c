# SPDX-License-Identifier: Apache-2.0
"""`swift-s3-sync policy`: what must the remote side allow us?"""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from s3_sync.config import Config, Rule, Site, load
from s3_sync.config import endpoint as endpoints
from s3_sync.errors import ConfigError
from s3_sync.model.policy import Need, need_of, policy

_Rules = Mapping[str, Rule]


@click.command("policy", short_help="Print what the remote must allow.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    help="The daemon's configuration.",
)
@click.option("--rule", type=int, help="Only for containers[N].")
@click.option("--site", help="Only for rules that name this site.")
def print_policy(config: Path, rule: int | None, site: str | None) -> None:
    """Print the IAM policy that rules need, one JSON document per bucket.

    Standard error says which bucket and which rules each is for, and what a
    user of a remote Swift needs.
    """
    if rule is not None and site is not None:
        raise click.UsageError("--rule and --site exclude each other")
    rules = _chosen(load(config), rule, site)
    for where, shared in _by_bucket(rules).items():
        _print(*where, shared)


def _chosen(config: Config, rule: int | None, site: str | None) -> _Rules:
    rules = {f"containers[{n}]": each for n, each in enumerate(config.rules)}
    if rule is not None:
        rules = {k: v for k, v in rules.items() if k == f"containers[{rule}]"}
    if site is not None:
        rules = {k: v for k, v in rules.items() if v.site.name == site}
    if not rules:
        what = f"containers[{rule}]" if site is None else f"site {site!r}"
        raise ConfigError("policy", [f"there is no rule for {what}"])
    return rules


def _by_bucket(rules: _Rules) -> dict[tuple[Site, str], dict[str, Rule]]:
    found: dict[tuple[Site, str], dict[str, Rule]] = {}
    for path, rule in rules.items():
        found.setdefault((rule.site, rule.bucket), {})[path] = rule
    return found


def _print(site: Site, bucket: str, rules: dict[str, Rule]) -> None:
    who = f"role {site.role_arn}" if site.role_arn else "the site's identity"
    for_whom = f"{site.label}, for {who} ({', '.join(rules)})"
    if site.protocol != "s3":
        click.echo(_swift(bucket, rules), err=True)
        return
    click.echo(f"bucket {bucket} at {for_whom}", err=True)
    for path, rule in rules.items():
        if not _need(rule).exact:
            click.echo(
                f"{path}: a policy cannot spell its name: this one allows"
                " other keys too",
                err=True,
            )
    partition = endpoints.partition(site.endpoint, site.region)
    found = policy(bucket, map(_need, rules.values()), partition)
    click.echo(json.dumps(found, indent=2))


def _need(rule: Rule) -> Need:
    return need_of(
        rule.account,
        rule.container,
        rule.custom_prefix,
        deletes=rule.propagate_delete,
    )


def _swift(container: str, rules: dict[str, Rule]) -> str:
    """Return what Swift's ACLs, which know no prefixes, must grant."""
    every = [p for p, rule in rules.items() if rule.all_containers]
    one = [p for p, rule in rules.items() if not rule.all_containers]
    lines = []
    if one:
        lines.append(
            f"container {container} ({', '.join(one)}): its X-Container-Read"
            " and X-Container-Write must name the site's user, and so must"
            f" those of {container}_segments for large objects"
        )
    if every:
        lines.append(
            f"containers {container}* ({', '.join(every)}): the site's user"
            " must be an operator of the remote account (swiftoperator,"
            " admin), for it creates containers"
        )
    return "\n".join(lines)
