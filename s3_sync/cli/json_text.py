# SPDX-License-Identifier: Apache-2.0
"""How is JSON printed that does not fit into memory?"""

import json
from collections.abc import Iterable, Iterator, Mapping

_INDENT = "  "


def pieces(value: object, indent: str = "") -> Iterator[str]:
    """Return the text of `value` piece by piece.

    Any iterable but a string or an object becomes a list, whose items are
    asked for only when they are due.
    """
    inner = indent + _INDENT
    if isinstance(value, Mapping):
        items = (_pair(key, each, inner) for key, each in value.items())
        yield from _enclosed("{", items, "}", indent)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        yield from _enclosed(
            "[", (pieces(each, inner) for each in value), "]", indent
        )
    else:
        yield json.dumps(value)


def _pair(key: str, value: object, indent: str) -> Iterator[str]:
    yield f"{json.dumps(key)}: "
    yield from pieces(value, indent)


def _enclosed(
    start: str, items: Iterable[Iterator[str]], end: str, indent: str
) -> Iterator[str]:
    yield start
    empty = True
    for item in items:
        yield f"{'' if empty else ','}\n{indent}{_INDENT}"
        yield from item
        empty = False
    yield end if empty else f"\n{indent}{end}"
