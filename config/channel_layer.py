"""The channel layer over Redis or Valkey, and how sockets hear that they may have missed something.

Pub/sub keeps nothing: what is published while a process is cut off never reaches it. Its connection comes back by
itself, and nobody would notice. So everything in the process that listens gets `layer.missed` then; sockets close with
"try again later" on it, and whoever had them open comes back and asks for what they missed.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer, RedisSingleShardConnection
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

MISSED: Final = {"type": "layer.missed"}
PAUSE: Final = 0.5
# A connection that was closed meanwhile is made anew; where there is nobody, whoever publishes does not wait.
AT_ONCE: Final = {"retry": Retry(NoBackoff(), 1), "socket_connect_timeout": 1}


class Layer(RedisPubSubChannelLayer):  # type: ignore[misc]
    def _get_layer(self) -> RedisPubSubLoopLayer:
        layer = super()._get_layer()
        if not isinstance(layer._shards[0], _Shard):
            layer._shards = [_Shard(shard.host | AT_ONCE, layer) for shard in layer._shards]
        return layer


class _Shard(RedisSingleShardConnection):  # type: ignore[misc]
    _redis: Redis | None
    _pubsub: PubSub | None

    def _ensure_redis(self) -> None:
        if self._redis is None:
            super()._ensure_redis()
            assert self._redis is not None  # noqa: S101 (it has just been made)
            self._pubsub = _Subscriptions(self._redis.connection_pool, back=self._tell_missed)

    def _tell_missed(self) -> None:
        message = self.channel_layer.channel_layer.serialize(MISSED)
        for queue in self.channel_layer.channels.values():
            queue.put_nowait(message)

    async def _do_receiving(self) -> None:
        """As it was, but that an outage is one line in the log for each try."""
        while True:
            try:
                if self._pubsub and self._pubsub.subscribed:
                    self._receive_message(await self._pubsub.get_message(ignore_subscribe_messages=True, timeout=0.1))
                else:
                    await asyncio.sleep(0.1)
            except (RedisError, OSError) as error:
                logger.warning("the channel layer is away: %s", type(error).__name__)
                await asyncio.sleep(PAUSE)
            except Exception:
                logger.exception("the channel layer's messages could not be read")
                await asyncio.sleep(PAUSE)


class _Subscriptions(PubSub):  # type: ignore[misc]
    """Its connection was made before `on_connect` is registered with it: that is called of those after it alone."""

    def __init__(self, *args: Any, back: Callable[[], None], **kwargs: Any) -> None:
        self._back = back
        super().__init__(*args, **kwargs)

    async def on_connect(self, connection: Any) -> None:
        await super().on_connect(connection)
        self._back()
