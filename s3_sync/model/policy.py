# SPDX-License-Identifier: Apache-2.0
"""What must a bucket's owner allow, so that rules can do their work?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from s3_sync.model.keys import EVERY_CONTAINER, Keys

Policy = dict[str, object]

_READ_AND_WRITE = (
    "s3:GetObject",
    "s3:PutObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
)
_DELETE = "s3:DeleteObject"
_BUCKET = (
    "s3:GetBucketLocation",
    "s3:GetBucketVersioning",
    "s3:ListBucketMultipartUploads",
)
_LONGEST_HASH = 6
_SPECIAL = {"*": "${*}", "?": "${?}", "$": "${$}"}
_NOT_SPELT = re.compile("[^ -~\x80-\xff]+")
"""docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html:
characters from U+0020 to U+00FF; ${*} is an asterisk."""


@dataclass(frozen=True)
class Need:
    """What one rule does in its bucket.

    `patterns` match all keys that it reads and writes; `deletes` tells
    whether it deletes any. Not `exact`: a policy cannot spell every name,
    and what it cannot, it leaves open.
    """

    patterns: tuple[str, ...]
    deletes: bool
    exact: bool


def need_of(
    account: str, container: str, prefix: str | None, *, deletes: bool
) -> Need:
    """Return the need of a rule; `prefix` is its `custom_prefix`."""
    if container != EVERY_CONTAINER:
        prefixes = Keys(account, container, prefix).prefixes
        found = tuple(f"{_literal(each)}*" for each in _widest(prefixes))
    elif prefix is not None:
        found = (f"{_literal(prefix)}/*" if prefix else "*",)
    else:
        found = tuple(_whole_account(account))
    text = prefix if prefix is not None else f"{account}{container}"
    return Need(found, deletes, not _NOT_SPELT.search(text))


def _widest(prefixes: Iterable[str]) -> Iterator[str]:
    """Leave out what begins with another of them."""
    kept: list[str] = []
    for prefix in sorted(prefixes):
        if not any(map(prefix.startswith, kept)):
            kept.append(prefix)
            yield prefix


def _whole_account(account: str) -> Iterator[str]:
    """Yield patterns for every container; each has a hash of its own."""
    for digits in range(1, _LONGEST_HASH + 1):
        yield f"{'?' * digits}/{_literal(account)}/*"
        yield f"{'?' * digits}/.manifests/{_literal(account)}/*"


def _literal(text: str) -> str:
    """Return the pattern that matches `text`, and little else."""
    spelt = (
        "".join(_SPECIAL.get(each, each) for each in part)
        for part in _NOT_SPELT.split(text)
    )
    return "*".join(spelt)


def policy(bucket: str, needs: Iterable[Need], partition: str) -> Policy:
    """Return the least that rules of one bucket need, as an IAM policy.

    `partition` is Amazon's part of the world: `aws`, `aws-cn` ….
    """
    arn = f"arn:{partition}:s3:::{bucket}"
    needs = list(needs)
    kept = _patterns(need for need in needs if not need.deletes)
    deleted = _patterns(need for need in needs if need.deletes)
    statements = [
        *_objects("Objects", arn, deleted, (*_READ_AND_WRITE, _DELETE)),
        *_objects("ObjectsThatStay", arn, kept, _READ_AND_WRITE),
        _list(arn, _patterns(needs)),
        _allow("Bucket", [*_BUCKET], arn),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _patterns(needs: Iterable[Need]) -> list[str]:
    return list(dict.fromkeys(p for need in needs for p in need.patterns))


def _objects(
    sid: str, arn: str, patterns: list[str], actions: tuple[str, ...]
) -> Iterator[Policy]:
    if patterns:
        yield _allow(sid, sorted(actions), [f"{arn}/{p}" for p in patterns])


def _list(arn: str, patterns: list[str]) -> Policy:
    statement = _allow("List", "s3:ListBucket", arn)
    if "*" in patterns:
        return statement
    condition = {"StringLike": {"s3:prefix": patterns}}
    return {**statement, "Condition": condition}


def _allow(sid: str, actions: object, resources: object) -> Policy:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": resources,
    }
