# SPDX-License-Identifier: Apache-2.0
"""Where does a secret come from, and what is it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationInfo

from s3_sync.config.words import found

_LONGEST = 64 * 1024
_FORMS = 'expected a string, {"env": "NAME"} or {"file": "path"}'


@dataclass(frozen=True)
class Sources:
    """Where secrets that are not in the file itself are looked up."""

    environ: Mapping[str, str] = field(repr=False)
    folder: Path
    """Where relative paths start: the folder of the configuration."""


@dataclass(frozen=True)
class Credential:
    """A secret that does not print, and a word on where it was found."""

    value: SecretStr
    origin: str


def resolve(given: object, info: ValidationInfo) -> Credential:
    """Return the secret that one of the three forms means.

    ValueError says what is wrong and never shows the secret.
    """
    sources = info.context
    if not isinstance(sources, Sources):
        raise TypeError("secrets need the context that says where they are")
    if isinstance(given, str):
        return _credential(given, "given")
    if not isinstance(given, dict) or len(given) != 1:
        raise ValueError(f"{_FORMS}, got {found(given, kind=True)}")
    [(form, where)] = given.items()
    if form not in ("env", "file"):
        raise ValueError(f"{_FORMS}, got an object with another key")
    if not isinstance(where, str) or not where:
        raise ValueError(f'expected a name after "{form}"')
    if form == "env":
        return _from_environment(where, sources.environ)
    return _from_file(sources.folder / where)


def _from_environment(name: str, environ: Mapping[str, str]) -> Credential:
    origin = f"env {name}"
    if name not in environ:
        raise ValueError(f"environment variable {name!r} is not set")
    return _credential(environ[name], origin, f" ({origin})")


def _from_file(path: Path) -> Credential:
    origin = f"file {path}"
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST)
    except OSError as error:
        why = error.strerror
        raise ValueError(f"cannot read {str(path)!r}: {why}") from None
    except ValueError:
        raise ValueError(f"{str(path)!r} is not the path of a file") from None
    line = content.partition(b"\n")[0].removesuffix(b"\r")
    value = line.decode("utf-8", "surrogateescape")
    return _credential(value, origin, f" ({origin})")


def _credential(value: str, origin: str, where: str = "") -> Credential:
    if not value:
        raise ValueError(f"the secret is empty{where}")
    if not value.isprintable():
        raise ValueError(f"the secret is not printable text{where}")
    return Credential(SecretStr(value), origin)


def resolve_proxy(given: object, info: ValidationInfo) -> Credential:
    """Return the URL of a proxy, a secret for it may hold a password."""
    credential = resolve(given, info)
    if not _is_proxy(credential.value.get_secret_value()):
        raise ValueError(
            "expected the URL of a proxy: http://, a host and a port"
        )
    return credential


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    bare = parts.path in ("", "/") and not (parts.query or parts.fragment)
    known = parts.scheme in ("http", "https")
    return bool(known and parts.hostname and bare and port != 0)
