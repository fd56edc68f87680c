# SPDX-License-Identifier: Apache-2.0
"""Which JSON object does the file hold?"""

import json
from pathlib import Path

from s3_sync.config.words import found, member

_Twice = list[tuple[dict[str, object], list[str]]]


def read(path: Path) -> tuple[dict[str, object] | None, list[str]]:
    """Return the object in `path`, or None, and what is wrong with it.

    Nothing is raised: an exception would carry the text, secrets and all.
    """
    try:
        return parse(path.read_bytes())
    except FileNotFoundError:
        return None, ["the file does not exist"]
    except OSError as error:
        return None, [f"the file cannot be read: {error.strerror}"]
    except ValueError:
        return None, ["the file cannot be read: no such name is possible"]


def parse(content: bytes) -> tuple[dict[str, object] | None, list[str]]:
    """Return the object that `content` spells, or None, and problems."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return None, [f"not JSON: line {line} is not UTF-8"]
    twice: _Twice = []
    try:
        value = _decode(text, twice)
        problems = _walk(value, "", twice)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        what = error.msg[:1].lower() + error.msg[1:]
        return None, [f"not JSON: {where}: {what}"]
    except ValueError as error:
        return None, [f"not JSON: {error}"]
    except RecursionError:
        return None, ["not a configuration: nested too deeply"]
    if isinstance(value, dict):
        return value, problems
    return None, [f"expected an object, got {found(value, kind=True)}"]


def _decode(text: str, twice: _Twice) -> object:
    def merged(pairs: list[tuple[str, object]]) -> dict[str, object]:
        mapping: dict[str, object] = {}
        repeated: list[str] = []
        for key, value in pairs:
            if key in mapping and key not in repeated:
                repeated.append(key)
            mapping.setdefault(key, value)
        if repeated:
            twice.append((mapping, repeated))
        return mapping

    value: object = json.loads(
        text,
        object_pairs_hook=merged,
        parse_constant=_no_constant,
        parse_int=_integer,
    )
    return value


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number in JSON")


def _integer(digits: str) -> int:
    if len(digits) > 400:
        raise ValueError(f"a number of {len(digits)} digits is too long")
    return int(digits)


def _walk(value: object, path: str, twice: _Twice) -> list[str]:
    """Return what is wrong with keys and texts, wherever they are."""
    if isinstance(value, str):
        return [] if _is_text(value) else [f"{path}: {_NO_TEXT}"]
    if isinstance(value, list):
        children = [(f"{path}[{i}]", each) for i, each in enumerate(value)]
    elif isinstance(value, dict):
        children = [(member(path, k), each) for k, each in value.items()]
    else:
        return []
    problems = _keys(value, path, twice) if isinstance(value, dict) else []
    for where, child in children:
        problems += _walk(child, where, twice)
    return problems


_NO_TEXT = "holds half of a surrogate pair, which is not text"


def _keys(mapping: dict[str, object], path: str, twice: _Twice) -> list[str]:
    repeated = [
        f"{member(path, key)}: the key is there more than once"
        for known, keys in twice
        if known is mapping
        for key in keys
    ]
    odd = [key for key in mapping if not _is_text(key)]
    return repeated + [f"{member(path, key)}: {_NO_TEXT}" for key in odd]


def _is_text(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
