# SPDX-License-Identifier: Apache-2.0
"""What do rule, site and object look like where details do not matter?"""

import hashlib

from pydantic import SecretStr

from s3_sync.config import Rule, Site
from s3_sync.model.objects import ObjectInfo
from s3_sync.model.timestamps import Stamps, Timestamp

NOW = 1_700_000_000.0
SECRETS = ("hush-identity", "hush-secret", "hush-token")


def a_site(**changes) -> Site:
    identity, secret, token = map(SecretStr, SECRETS)
    usual = {
        "endpoint": "http://s3.example.test:9000",
        "identity": identity,
        "secret": secret,
        "session_token": token,
        "region": "us-east-1",
        "addressing": "path",
    }
    return Site(**usual | changes)


def a_rule(**changes) -> Rule:
    usual = {
        "account": "AUTH_test",
        "container": "photos",
        "bucket": "backup",
        "site": a_site(),
        "custom_prefix": "p",
    }
    return Rule(**usual | changes)


def an_info(content=b"", **changes) -> ObjectInfo:
    """Describe an object with this content, written a moment ago."""
    time = Timestamp.at(NOW)
    usual = {
        "size": len(content),
        "etag": hashlib.md5(content).hexdigest(),
        "content_type": "text/plain",
        "stamps": Stamps(time, time, time),
        "headers": {},
        "metadata": {},
    }
    return ObjectInfo(**usual | changes)
