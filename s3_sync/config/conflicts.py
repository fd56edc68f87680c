# SPDX-License-Identifier: Apache-2.0
"""Would two rules write the same keys of one bucket, or container?"""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise

from s3_sync.config.values import Rule
from s3_sync.model.keys import Keys

_HASH = re.compile(r"0|[1-9a-f][0-9a-f]{0,5}", re.ASCII)
_Paths = Mapping[str, Rule]
_Pair = tuple[int, int]


def conflicts(rules: _Paths) -> list[str]:
    """Return a problem for each rule that meets another one's keys.

    `rules` are by their path in the file. A rule that meets many is told
    once for each way to meet, not once for each of the many.
    """
    paths = list(rules)
    return [
        f"{paths[second]}: writes the same keys as {paths[first]}, in"
        f" {_where(rules[paths[first]])}"
        for first, second in sorted(_pairs(list(rules.values())), key=_later)
    ]


def _where(rule: Rule) -> str:
    kind = "container" if rule.to_swift else "bucket"
    return f"{kind} {rule.target} at {rule.site.label}"


def _later(pair: _Pair) -> _Pair:
    return pair[1], pair[0]


def _pairs(rules: list[Rule]) -> set[_Pair]:
    def place(index: int) -> tuple[str, str]:
        return rules[index].place

    found: set[_Pair] = set()
    for _, group in groupby(sorted(range(len(rules)), key=place), place):
        shared = {index: rules[index] for index in group}
        prefixes = sorted(_prefixes(shared))
        accounts = _accounts(shared)
        pairs = [
            *_nested(prefixes),
            *_twice(accounts),
            *_below_accounts(prefixes, accounts),
        ]
        found |= {(min(pair), max(pair)) for pair in pairs}
    return found


def _prefixes(rules: Mapping[int, Rule]) -> Iterator[tuple[str, int]]:
    """Yield every key prefix that is known, with its rule."""
    for index, rule in rules.items():
        prefix = rule.custom_prefix
        if rule.to_swift:
            end = "" if rule.all_containers else "/"
            yield rule.bucket + end, index
        elif not rule.all_containers:
            keys = Keys(rule.account, rule.container, prefix)
            yield from ((each, index) for each in keys.prefixes)
        elif prefix is not None:
            yield f"{prefix}/" if prefix else "", index


def _accounts(rules: Mapping[int, Rule]) -> dict[str, list[int]]:
    """Return the rules whose key prefixes are those of a whole account.

    Each container has its own hash there, so they are as many as there are
    containers, and not known.
    """
    accounts: dict[str, list[int]] = {}
    for index, rule in rules.items():
        of_swift = rule.to_swift or not rule.all_containers
        if not of_swift and rule.custom_prefix is None:
            accounts.setdefault(rule.account, []).append(index)
    return accounts


def _nested(prefixes: list[tuple[str, int]]) -> Iterator[_Pair]:
    """Yield rules of which one's prefix begins with the other's.

    What a prefix begins with stands before it in sorted order, with nothing
    but its own kind between them: one pass over a stack finds it.
    """
    around: list[tuple[str, int]] = []
    for prefix, index in prefixes:
        while around and not prefix.startswith(around[-1][0]):
            around.pop()
        for _, other in reversed(around):
            if other != index:
                yield other, index
                break
        around.append((prefix, index))


def _twice(accounts: Mapping[str, list[int]]) -> Iterator[_Pair]:
    for indexes in accounts.values():
        yield from pairwise(indexes)


def _below_accounts(
    prefixes: list[tuple[str, int]], accounts: Mapping[str, list[int]]
) -> Iterator[_Pair]:
    for prefix, index in prefixes:
        for account in _met(prefix, accounts):
            yield from ((index, other) for other in accounts[account])


def _met(prefix: str, accounts: Mapping[str, list[int]]) -> list[str]:
    """Return the accounts of which a container may have keys in `prefix`.

    Their keys are `<h>/<account>/<container>/…` and
    `<h>/.manifests/<account>/<container>/…`.
    """
    folders = prefix.split("/")[:-1]
    if folders and not _HASH.fullmatch(folders[0]):
        return []
    if folders[1:2] == [".manifests"]:
        folders = folders[1:]
    if len(folders) < 2:
        return list(accounts)
    account, below = folders[1], folders[2:]
    if account not in accounts:
        return []
    return [account] if not below or _is_key(prefix, account, below[0]) else []


def _is_key(prefix: str, account: str, container: str) -> bool:
    keys = Keys(account, container)
    return any(
        prefix.startswith(each) or each.startswith(prefix)
        for each in keys.prefixes
    )
