# SPDX-License-Identifier: Apache-2.0
"""How is the crawler told which containers an account has?"""

from container_crawler.shards import ListingFailed, NoSuchAccount
from s3_sync.errors import NotFound, StoreError
from s3_sync.stores.local import LocalCluster


def list_containers(cluster: LocalCluster, account: str) -> list[str]:
    """Return all container names of an account.

    Raises NoSuchAccount and, when Swift cannot tell, ListingFailed.
    """
    try:
        return cluster.containers(account)
    except NotFound as error:
        raise NoSuchAccount(str(error)) from error
    except StoreError as error:
        raise ListingFailed(str(error)) from error
