# SPDX-License-Identifier: Apache-2.0
"""Does one object of the file fit its schema?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from s3_sync.config.schema import SPELLINGS
from s3_sync.config.secret import Sources
from s3_sync.config.words import found, member, suggestion, translate

_Schema = TypeVar("_Schema", bound=BaseModel)

# Of what is written there, only the kind is ever shown.
_HIDDEN = frozenset(
    {
        "identity",
        "secret",
        "session_token",
        "external_id",
        "endpoint",
        "sts_endpoint",
        "http_proxy",
        "https_proxy",
    }
)


@dataclass(frozen=True)
class Section:
    """One object of the file, its keys in our spelling."""

    path: str
    keys: Mapping[str, object] = field(repr=False)
    written: Mapping[str, str]
    """How the file spells those keys that it spells otherwise."""

    def at(self, key: str) -> str:
        """Return the path of `key`, as the file spells it."""
        return member(self.path, self.written.get(key, key))

    def only(self, keys: Iterable[str]) -> "Section":
        """Return the same object with no more than these keys."""
        kept = {k: self.keys[k] for k in keys if k in self.keys}
        return Section(self.path, kept, self.written)


def respelled(
    path: str, raw: Mapping[str, object]
) -> tuple[Section, list[str]]:
    """Return the object in our spelling; both spellings are a problem."""
    keys: dict[str, object] = {}
    written: dict[str, str] = {}
    problems: list[str] = []
    for key, value in raw.items():
        ours = SPELLINGS.get(key, key)
        if ours != key and ours in raw:
            problems.append(
                f"{member(path, key)}: {ours} says the same; keep one"
            )
            continue
        keys[ours] = value
        if ours != key:
            written[ours] = key
    return Section(path, keys, written), problems


def check(
    schema: type[_Schema],
    section: Section,
    sources: Sources,
    known: Iterable[str] = (),
) -> tuple[_Schema | None, list[str]]:
    """Return the section as `schema` has it, or None, and all problems.

    `known` keys are worth suggesting for one that nobody knows.
    """
    try:
        return schema.model_validate(dict(section.keys), context=sources), []
    except ValidationError as error:
        known = {*known, *schema.model_fields}
        return None, [
            _problem(section, detail, known)
            for detail in error.errors(include_url=False)
        ]


def _problem(
    section: Section, detail: ErrorDetails, known: Iterable[str]
) -> str:
    key = str(detail["loc"][0])
    where = section.at(key)
    if detail["type"] == "extra_forbidden":
        return f"{where}: unknown key{suggestion(key, known)}"
    got = found(detail["input"], kind=key in _HIDDEN)
    return f"{where}: " + translate(detail["type"], detail.get("ctx", {}), got)
