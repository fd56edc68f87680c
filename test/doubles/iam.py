# SPDX-License-Identifier: Apache-2.0
"""What does an IAM policy allow, by the rules that Amazon publishes?

docs.aws.amazon.com/IAM/latest/UserGuide: `*` is any text, `?` one character,
`${*}` an asterisk; what no statement allows is denied.
docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
says which action a request is.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from urllib.parse import unquote

from test.doubles.canned_s3 import Sent

_WILDCARDS = {"*": ".*", "?": "."}
_TOKENS = re.compile(r"\$\{([*?$])\}|([*?])")


@dataclass(frozen=True)
class Wish:
    """One thing that a request wants to do."""

    action: str
    bucket: str
    key: str = ""
    prefix: str | None = None

    @property
    def resource(self) -> str:
        return f"arn:aws:s3:::{self.bucket}" + f"/{self.key}" * bool(self.key)


def allows(policy: dict, wish: Wish) -> bool:
    """Tell whether any statement allows it."""
    return any(_covers(each, wish) for each in policy["Statement"])


def _covers(statement: dict, wish: Wish) -> bool:
    return (
        statement["Effect"] == "Allow"
        and wish.action in _list(statement["Action"])
        and any(
            matches(pattern, wish.resource)
            for pattern in _list(statement["Resource"])
        )
        and _conditions(statement.get("Condition", {}), wish)
    )


def _conditions(conditions: dict, wish: Wish) -> bool:
    if not conditions:
        return True
    assert conditions.keys() == {"StringLike"}
    assert conditions["StringLike"].keys() == {"s3:prefix"}
    patterns = conditions["StringLike"]["s3:prefix"]
    return wish.prefix is not None and any(
        matches(pattern, wish.prefix) for pattern in patterns
    )


def _list(value) -> list:
    return value if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern of a policy matches a whole text."""
    regex, end = "", 0
    for token in _TOKENS.finditer(pattern):
        regex += re.escape(pattern[end : token.start()])
        literal, wildcard = token.groups()
        regex += re.escape(literal) if literal else _WILDCARDS[wildcard]
        end = token.end()
    return bool(
        re.fullmatch(regex + re.escape(pattern[end:]), text, re.DOTALL)
    )


def wishes(sent: Sent) -> list[Wish]:
    """Return what a request to a path-style endpoint wants."""
    bucket, _, key = sent.path.removeprefix("/").partition("/")
    if sent.is_list:
        prefix = sent.query.get("prefix", [None])[0]
        return [Wish("s3:ListBucket", bucket, prefix=prefix)]
    if "versioning" in sent.query:
        return [Wish("s3:GetBucketVersioning", bucket)]
    if "delete" in sent.query:
        keys = (
            each.text or ""
            for each in ET.fromstring(sent.body).iter()
            if each.tag.endswith("Key")
        )
        return [Wish("s3:DeleteObject", bucket, each) for each in keys]
    action = {
        "HEAD": "s3:GetObject",
        "GET": "s3:GetObject",
        "PUT": "s3:PutObject",
        "DELETE": "s3:DeleteObject",
    }[sent.method]
    found = [Wish(action, bucket, key)]
    source = sent.headers.get("x-amz-copy-source")
    if source:
        where = unquote(source).removeprefix("/").partition("/")
        found.append(Wish("s3:GetObject", where[0], where[2]))
    return found
