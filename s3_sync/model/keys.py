# SPDX-License-Identifier: Apache-2.0
"""Under which S3 key does an object of a container live?"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

EVERY_CONTAINER = "/*"
"""As a rule's container: all containers of its account."""

_SPACE = 16**6


@dataclass(frozen=True)
class Keys:
    """The keys of one container's objects and manifests in a bucket.

    The layout is the predecessor's, so that its buckets are taken over:
    `<h>/<account>/<container>/<name>`, where `h` spreads containers over
    the key space. `custom_prefix` replaces all before the name; "" is the
    bucket's root.
    """

    account: str
    container: str
    custom_prefix: str | None = None

    @cached_property
    def _hash(self) -> str:
        path = f"{self.account}/{self.container}".encode()
        digest = hashlib.md5(path, usedforsecurity=False).hexdigest()
        return f"{int(digest, 16) % _SPACE:x}"

    @cached_property
    def prefix(self) -> str:
        """What every object's key begins with; "" or ending in "/"."""
        if self.custom_prefix is None:
            return f"{self._hash}/{self.account}/{self.container}/"
        return _folder(self.custom_prefix)

    @cached_property
    def manifest_prefix(self) -> str:
        """What the key of every large object's manifest begins with."""
        if self.custom_prefix is None:
            where = f"{self.account}/{self.container}"
            return f"{self._hash}/.manifests/{where}/"
        return f"{_folder(self.custom_prefix)}.manifests/"

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Every key prefix under which this container's keys lie."""
        return self.prefix, self.manifest_prefix

    def key(self, name: str) -> str:
        """Return the key of the object called `name`."""
        return self.prefix + name

    def name(self, key: str) -> str:
        """Return the name of the object at `key`, one of ours."""
        return key[len(self.prefix) :]

    def manifest_key(self, name: str) -> str:
        """Return the key of the manifest copy of the object `name`."""
        digest = hashlib.sha256(name.encode()).hexdigest()
        return f"{self.manifest_prefix}{digest}.swift_slo_manifest"

    def reserved(self, name: str) -> bool:
        """Tell whether an object of this name would lie among manifests."""
        return self.key(name).startswith(self.manifest_prefix)


def keys_for(
    account: str, container: str, rule_container: str, prefix: str | None
) -> Keys:
    """Return the keys of `container` under a rule with `custom_prefix`.

    Under a rule for every container the custom prefix keeps the container
    in the key, else objects of two containers would overwrite each other.
    """
    if prefix is not None and rule_container == EVERY_CONTAINER:
        prefix = f"{_folder(prefix)}{container}"
    return Keys(account, container, prefix)


def _folder(prefix: str) -> str:
    return f"{prefix}/" if prefix else ""
