# SPDX-License-Identifier: Apache-2.0
"""What does docs/providers.md say of the table in the code?

The first part of the page is written by hand, the rest by
`python -m test.providers_page`.
"""

from collections.abc import Iterator
from pathlib import Path

from s3_sync.model.capabilities import COLUMNS, expected_of
from s3_sync.stores.s3_providers import CAREFUL, CONTROL, TABLE, Provider

PAGE = Path(__file__).parents[1] / "docs/providers.md"
UNKNOWN = "°"
_UNITS = ((1024**4, "TiB"), (1024**3, "GiB"), (1024**2, "MiB"))
_COUNTS = ("max_parts", "max_delete_keys")

_HEADING = "## The table"


def page() -> str:
    """Return the page with the table as the code has it."""
    introduction = PAGE.read_text().partition(_HEADING)[0]
    return introduction + "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEADING
    yield ""
    names = [f"`{name}`" for name in TABLE]
    yield _row("column", *names)
    yield _row("---", *["---"] * len(names))
    for column in COLUMNS:
        values = [_shown(provider, column) for provider in TABLE.values()]
        yield _row(f"`{column}`", *values)
    yield ""
    yield "## The columns"
    yield ""
    yield _row("column", "values", "meaning")
    yield _row("---", "---", "---")
    for name, column in COLUMNS.items():
        says = column.metadata["says"]
        yield _row(f"`{name}`", expected_of(column), says)
    yield ""
    yield "Sizes are in bytes."
    for provider in TABLE.values():
        yield from _sources(provider)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(provider: Provider, column: str) -> str:
    text = value(column, provider.cell(column).value)
    return text if column in provider.known else f"{text}{UNKNOWN}"


def value(column: str, content: object) -> str:
    """Return one value for people."""
    if content is None:
        return "-"
    if isinstance(content, bool):
        return "yes" if content else "no"
    if isinstance(content, int):
        return _number(content, size=column not in _COUNTS)
    if column == "forbidden_in_keys":
        return _characters(str(content))
    return str(content)


def _number(number: int, *, size: bool) -> str:
    for unit, name in _UNITS if size else ():
        if number % unit == 0:
            return f"{number // unit} {name}"
    return f"{number:,}"


def _characters(text: str) -> str:
    if not text:
        return "none"
    if text.startswith(CONTROL):
        return "control characters, DEL"
    return ", ".join({"\r": "CR", "\n": "LF"}[each] for each in text)


def _sources(provider: Provider) -> Iterator[str]:
    yield ""
    yield f"## Sources for `{provider.name}`: {provider.title}"
    yield ""
    if not provider.known:
        yield "Nothing is known of it; what is careful, and why:"
        yield ""
    known = provider.known or CAREFUL
    by_source: dict[str, list[str]] = {}
    for column in COLUMNS:
        if column in known:
            cell = known[column]
            by_source.setdefault(cell.source, []).append(f"`{column}`")
    for source, columns in by_source.items():
        yield f"- {', '.join(columns)}: {source}"


if __name__ == "__main__":
    PAGE.write_text(page())
