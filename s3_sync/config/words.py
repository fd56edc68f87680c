# SPDX-License-Identifier: Apache-2.0
"""How is a problem said, so that an operator finds and mends it?"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_LONGEST = 60

# By pydantic's name of the error. `got` is never filled in for a secret.
TRANSLATIONS: Mapping[str, str] = {
    "missing": "required, but not there",
    "string_type": "expected a string, got {got}",
    "string_too_short": "expected a string that is not empty",
    "bool_type": "expected true or false, got {got}",
    "int_type": "expected a whole number, got {got}",
    "float_type": "expected a number, got {got}",
    "finite_number": "expected a finite number, got {got}",
    "greater_than": "expected more than {gt:g}, got {got}",
    "greater_than_equal": "expected {ge:g} or more, got {got}",
    "less_than_equal": "expected {le:g} or less, got {got}",
    "literal_error": "expected {expected}, got {got}",
    "list_type": "expected a list, got {got}",
    "too_short": "expected at least one entry",
    "dict_type": "expected an object, got {got}",
    "value_error": "{error}",
}


def translate(kind: str, context: Mapping[str, object], got: str) -> str:
    """Return pydantic's error of this kind in our words."""
    text = TRANSLATIONS.get(kind, "not valid: got {got}")
    return text.format(got=got, **context)


def found(value: object, *, kind: bool = False) -> str:
    """Return a short text that shows `value`, or only of what kind it is."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if kind:
        return _kind(value)
    return _shortened(json.dumps(value))


def _kind(scalar: object) -> str:
    if isinstance(scalar, bool):
        return "true or false"
    return "a string" if isinstance(scalar, str) else "a number"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def member(path: str, key: str) -> str:
    """Return the path of `key` in the object at `path`."""
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{_shortened(json.dumps(key))}]"
    return f"{path}.{key}" if path else key


def suggestion(key: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` when a known key looks like `key`."""
    near = difflib.get_close_matches(key.lower(), sorted(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
