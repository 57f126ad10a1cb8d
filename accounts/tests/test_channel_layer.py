"""The channel layer over Redis: who listens hears that something may have been missed. (bench.sockets kills Valkey.)"""

from asyncio import Queue

from config.channel_layer import MISSED, Layer


async def test_a_connection_that_is_back_is_told_to_all_who_listen():
    layer = Layer(hosts=["redis://127.0.0.1:1/0"])
    inner = layer._get_layer()
    assert layer._get_layer() is inner
    (shard,) = inner._shards
    shard._ensure_redis()
    inner.channels = {"one": Queue(), "other": Queue()}
    await shard._pubsub.on_connect(None)
    for queue in inner.channels.values():
        assert layer.deserialize(queue.get_nowait()) == MISSED
    await shard.flush()
