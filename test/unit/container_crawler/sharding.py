# SPDX-License-Identifier: Apache-2.0
"""How do the tests shard a container, as Swift's sharder does?"""

from swift.common.utils import ShardRange, Timestamp

from container_crawler.container import Container
from test.unit.container_crawler.fixtures import PHOTOS

HIDDEN = f".shards_{PHOTOS.account}"
LOW = Container(HIDDEN, "photos-1")
HIGH = Container(HIDDEN, "a name that tells nothing")
BOUNDS = {LOW: ("", "m"), HIGH: ("m", "")}


def shard_range(shard, at, state=ShardRange.ACTIVE):
    lower, upper = BOUNDS[shard]
    return ShardRange(
        str(shard), Timestamp(at), lower, upper, state=state, epoch=at
    )


def begin_sharding(broker, at=50.0, shards=(LOW, HIGH)):
    """Let a database retire: a fresh file comes beside it."""
    epoch = Timestamp(at)
    broker.enable_sharding(epoch)
    broker.merge_shard_ranges([shard_range(each, at) for each in shards])
    own = broker.get_own_shard_range()
    own.update_state(ShardRange.SHARDING, epoch)
    own.epoch = epoch
    broker.merge_shard_ranges([own])
    assert broker.set_sharding_state()


def end_sharding(broker, at=60.0):
    """Remove the file that retired."""
    own = broker.get_own_shard_range()
    own.update_state(ShardRange.SHARDED, Timestamp(at))
    broker.merge_shard_ranges([own])
    assert broker.set_sharded_state()


def become_shard(broker, shard, root=PHOTOS, state=ShardRange.ACTIVE, at=50.0):
    """Make a new database a shard of `root`."""
    broker.set_sharding_sysmeta("Quoted-Root", str(root))
    broker.merge_shard_ranges([shard_range(shard, at, state)])
    return broker
