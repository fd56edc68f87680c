# SPDX-License-Identifier: Apache-2.0
"""How do S3's XML documents look, and what do they say?"""

import time
from collections.abc import Iterable, Iterator
from urllib.parse import quote_plus
from xml.etree import ElementTree

_XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"

# As Amazon does it: also characters that XML 1.0 has no way to carry are
# written as references, and a strict parser refuses the document.
_ESCAPES = {code: f"&#{code};" for code in range(32)} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
}


def element(name: str, text: str | int) -> str:
    """Return an element that holds text."""
    return f"<{name}>{str(text).translate(_ESCAPES)}</{name}>"


def document(root: str, children: Iterable[str], namespace: str = "") -> bytes:
    """Return a whole document."""
    attribute = f' xmlns="{namespace}"' if namespace else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<{root}{attribute}>{''.join(children)}</{root}>"
    ).encode()


def result(root: str, children: Iterable[str] = ()) -> bytes:
    """Return a document of S3's own namespace."""
    return document(root, children, _XMLNS)


def url_encoded(text: str) -> str:
    """Return text as a listing with encoding-type=url has it."""
    return quote_plus(text, safe="/")


def timestamp(seconds: float) -> str:
    """Return a time as listings have it."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"


def records(body: bytes, root: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Return each child of the root with its own children's texts.

    A child without children has its text under the empty name. Anything
    but XML with this root is a ValueError.
    """
    try:
        tree = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise ValueError("not well-formed") from error
    if _bare(tree.tag) != root:
        raise ValueError(f"expected {root}")
    for child in tree:
        fields = {_bare(each.tag): each.text or "" for each in child}
        yield _bare(child.tag), fields or {"": child.text or ""}


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]
