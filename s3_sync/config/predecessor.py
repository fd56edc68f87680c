# SPDX-License-Identifier: Apache-2.0
"""What becomes of the predecessor's keys that are no keys here?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from s3_sync.config.sections import Section

_SHUNT = "reading archived objects through Swift"
_ARCHIVE = "archiving"
_SELECTION = "selecting objects"
_EXPIRY = "expiry of copies"
_CONTAINERS = "copying what is said of containers"
_LARGE = "large objects"


@dataclass(frozen=True)
class NotBuilt:
    """A key whose feature does not exist yet.

    `harmless` are values that ask for nothing but what is done anyway.
    """

    feature: str
    harmless: tuple[object, ...] = ()


IGNORED: Mapping[str, str] = {
    "items_chunk": "rows are read in batches of their own size",
    "enumerator_workers": "containers are looked at without it",
    "bulk_process": "deletes are sent many at a time anyway",
    "internal_client_logname": "requests to Swift name swift-s3-sync",
    "migrator_settings": "there is no migrator",
}
"""Keys of the file that mean nothing here, and why."""

FILE_NOT_BUILT: Mapping[str, NotBuilt] = {
    "migrations": NotBuilt("migration", ([],)),
    "proxymc_config": NotBuilt("the endpoint in the cloud", ({},)),
}

NOT_BUILT: Mapping[str, NotBuilt] = {
    "copy_after": NotBuilt(_ARCHIVE, (0,)),
    "retain_local": NotBuilt(_ARCHIVE, (True,)),
    "retain_local_segments": NotBuilt(_ARCHIVE, (True, False)),
    "exclude_pattern": NotBuilt(_SELECTION, ("^$",)),
    "selection_criteria": NotBuilt(_SELECTION, ({},)),
    "encryption": NotBuilt("encryption by request", (False,)),
    "merge_namespaces": NotBuilt(_SHUNT, (False,)),
    "restore_object": NotBuilt(_SHUNT, (False,)),
    "native": NotBuilt("keys without hash and account", (False,)),
    "sync_container_metadata": NotBuilt(_CONTAINERS, (False,)),
    "sync_container_acl": NotBuilt(_CONTAINERS, (False,)),
    "propagate_expiration": NotBuilt(_EXPIRY, (False,)),
    "propagate_expiration_offset": NotBuilt(_EXPIRY, (0,)),
    "remote_delete_after": NotBuilt(_EXPIRY, (0,)),
    "remote_delete_after_addition": NotBuilt(_EXPIRY, (0, 86400)),
    "convert_dlo": NotBuilt(_LARGE, (False,)),
    "min_segment_size": NotBuilt(_LARGE, (0,)),
}
"""Keys of a rule, or of its site."""


@dataclass(frozen=True)
class Sorted:
    """A part of the file without the keys that are looked at here."""

    section: Section
    warnings: list[str]
    problems: list[str]


def sort_out(
    section: Section,
    not_built: Mapping[str, NotBuilt] = NOT_BUILT,
    ignored: Mapping[str, str] | None = None,
) -> Sorted:
    """Take the predecessor's keys out of a part, each with its message."""
    ignored = ignored or {}
    kept: dict[str, object] = {}
    warnings: list[str] = []
    problems: list[str] = []
    for key, value in section.keys.items():
        where, told = section.at(key), _told(key, not_built)
        if key in ignored:
            warnings.append(f"{where}: has no effect: {ignored[key]}")
        elif key not in not_built:
            kept[key] = value
        elif _harmless(value, not_built[key]):
            warnings.append(f"{where}: asks for what is done anyway; {told}")
        else:
            problems.append(f"{where}: {told}")
    return Sorted(replace(section, keys=kept), warnings, problems)


def _told(key: str, not_built: Mapping[str, NotBuilt]) -> str:
    feature = not_built[key].feature if key in not_built else key
    return f"{feature} is not built yet"


def _harmless(value: object, key: NotBuilt) -> bool:
    """Compare types too: 0 is not false here."""
    return any(
        type(value) is type(each) and value == each for each in key.harmless
    )
