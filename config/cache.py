"""Keep sign-in and pages working while the cache server is down."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)
AWAY = (RedisConnectionError, RedisTimeoutError)


class ForgivingRedisCache(RedisCache):
    """Answer as an empty cache while the server is down.

    Nothing in the cache has to last. Rate limits do not count while the server is down. We prefer that to nobody being
    able to sign in on the evening that returns are due.
    """

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except AWAY:
            logger.warning("cache down: %s not read", key)
            return default

    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        try:
            super().set(key, value, *args, **kwargs)
        except AWAY:
            logger.warning("cache down: %s not stored", key)

    def add(self, key: str, value: Any, *args: Any, **kwargs: Any) -> bool:
        try:
            return super().add(key, value, *args, **kwargs)
        except AWAY:
            logger.warning("cache down: %s not stored", key)
            return True

    def delete(self, key: str, version: int | None = None) -> bool:
        try:
            return super().delete(key, version)
        except AWAY:
            return False
