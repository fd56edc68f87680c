# SPDX-License-Identifier: Apache-2.0
"""How do metadata values that S3 cannot carry travel through it?

A value of printable ASCII goes as it is. Any other value, one with outer
white space (stores cut it) and one that looks encoded itself goes as a single
RFC 2047 word: UTF-8, base64, never folded. Decoding undoes exactly that, and
the words that AWS and the predecessor write (quoted-printable, folded).
"""

import binascii
import re
from base64 import b64decode, b64encode
from email.errors import HeaderParseError
from email.header import decode_header

_AS_IT_IS = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?|")
_OUR_WORD = re.compile(r"=\?UTF-8\?B\?([A-Za-z0-9+/]*={0,2})\?=")


def encode(value: str) -> str:
    """Return `value` in a form that every S3 carries unchanged."""
    if _AS_IT_IS.fullmatch(value) and "=?" not in value:
        return value
    return f"=?UTF-8?B?{b64encode(value.encode()).decode()}?="


def decode(value: str) -> str:
    """Return what `encode` was given; what is not encoded stays."""
    if "=?" not in value:
        return value
    if match := _OUR_WORD.fullmatch(value):
        try:
            return b64decode(match.group(1), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return value
    return _decode_words(value)


def _decode_words(value: str) -> str:
    try:
        parts = decode_header(value)
        return "".join(
            text.decode(charset or "ascii")
            if isinstance(text, bytes)
            else text
            for text, charset in parts
        )
    except (HeaderParseError, LookupError, UnicodeDecodeError, ValueError):
        return value
