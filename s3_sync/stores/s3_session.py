# SPDX-License-Identifier: Apache-2.0
"""What of botocore's many settings may the environment decide? Nothing.

A session reads variables and files of its user for endpoints, proxies, CAs,
regions and credentials. Ours reads none of them; only the SDK's own search
for credentials, for Amazon's endpoints, does.
"""

import os
from functools import cache
from typing import Any, Protocol

import botocore.credentials
import botocore.session
from botocore.loaders import Loader

_OURS = {
    "config_file": os.devnull,
    "credentials_file": os.devnull,
    "sts_regional_endpoints": "regional",
}


class Provider(Protocol):
    """Where a session gets its credentials from."""

    METHOD: str
    CANONICAL_NAME: str

    def load(self) -> Any:
        """Return botocore's credentials."""
        ...


@cache
def users_session() -> botocore.session.Session:
    """Return the session that searches for the user's credentials.

    It may ask other services for them, never by endpoints of the
    environment.
    """
    session = botocore.session.get_session()
    session.set_config_variable("ignore_configured_endpoint_urls", True)
    return session


def a_session(provider: Provider | None = None) -> botocore.session.Session:
    """Return a session that knows of nothing but `provider`.

    Sessions share what is dear to load: a service costs 100 ms.
    """
    session = botocore.session.Session(session_vars=_constants())
    session.register_component("data_loader", _models())
    resolver = botocore.credentials.CredentialResolver(
        providers=[provider] if provider else []
    )
    session.register_component("credential_provider", resolver)
    return session


@cache
def _models() -> Loader:
    """Return what knows the services; not what ~/.aws/models says of them."""
    return Loader(
        [Loader.BUILTIN_DATA_PATH], include_default_search_paths=False
    )


def _constants() -> dict[str, tuple[Any, ...]]:
    """Return every variable of a session without its sources."""
    return {
        name: (None, None, _OURS.get(name, default), conversion)
        for name, (
            *_,
            default,
            conversion,
        ) in botocore.session.Session.SESSION_VARIABLES.items()
    }
