# SPDX-License-Identifier: Apache-2.0
"""What do the tests of the S3 store say, send and answer?"""

import hashlib

from test.doubles.canned_s3 import Answer
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import a_rule, a_site, an_info

KMS = {"x-amz-server-side-encryption": "aws:kms"}


def able(**capabilities):
    """Return a rule whose site says this of itself."""
    return a_rule(site=a_site(capabilities=tuple(capabilities.items())))


HONEST = able(copy_if_match=True, put_if_match=True, put_if_none_match=True)
"""A site that honours every condition."""


def etag(content):
    return Answer(
        200, headers={"ETag": f'"{hashlib.md5(content).hexdigest()}"'}
    )


def copied(md5):
    return Answer(
        200, f"<CopyObjectResult><ETag>{md5}</ETag></CopyObjectResult>"
    )


def put(s3, content=b"bytes", rule=None, name="a name", **changes):
    """Put an object and return what was sent."""
    info = an_info(content, **changes)
    s3.store(rule).put(name, MemoryBody(content), info)
    return s3.sent[-1]
