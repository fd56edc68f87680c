# SPDX-License-Identifier: Apache-2.0
"""In what do the S3 services differ?

Every cell has a source beside it. Where nothing is known, the server is left
to refuse: its own answer about a limit counts as the limit.
"""

from dataclasses import dataclass

from s3_sync.config import Site

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True)
class Provider:
    """What one S3 service can do; limits in bytes, None: it will say."""

    name: str
    max_metadata: int | None
    max_key: int = 1024
    max_put: int = 5 * GIB


AMAZON = Provider(
    "Amazon S3",
    # docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html:
    # 2 KB of user-defined metadata, names and values
    max_metadata=2048,
)

GENERIC = Provider(
    "S3",
    # radosgw 16.2 and moto 5.2 take 8,000 bytes, Swift's s3api 4,096
    max_metadata=None,
)


def provider_of(site: Site) -> Provider:
    """Return the row of the table for a site."""
    return AMAZON if site.is_amazon else GENERIC
