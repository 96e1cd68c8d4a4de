"""Limits, ring budgets and claims, in memory or in Redis: `limits`, `cachetools`, redis-py."""

from __future__ import annotations

import hmac
import os
from typing import Any

from cachetools import TLRUCache
from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis

_URL = os.environ.get("REDIS_URL")
_SECRET = os.environ["HANDLE_SECRET"].encode()
_redis: Any = Redis.from_url(_URL, decode_responses=True) if _URL else None
_limiter = FixedWindowRateLimiter(
    RedisStorage(f"async+{_URL}", implementation="redispy") if _URL else MemoryStorage()
)
_values: Any = TLRUCache(1_000_000, ttu=lambda key, value, now: now + value[1])


def keyed_hash(text: str) -> str:
    """Hash what stands in the store for a person."""
    return hmac.new(_SECRET, text.encode(), "sha256").hexdigest()


def read_limits(text: str) -> list[RateLimitItem]:
    return parse_many(text)


async def consume(limits: list[RateLimitItem], name: str, key: str) -> RateLimitItem | None:
    """Count under each limit; return the one that is used up."""
    for limit in limits:
        if not await _limiter.hit(limit, name, key):
            return limit
    return None


async def reset_after(limit: RateLimitItem, name: str, key: str) -> tuple[int, int]:
    """Return what is left of a limit, and when its window ends."""
    stats = await _limiter.get_window_stats(limit, name, key)
    return stats.remaining, int(stats.reset_time)


async def give_back(limits: list[RateLimitItem], name: str, key: str) -> None:
    for limit in limits:
        await _limiter.storage.incr(limit.key_for(name, key), limit.get_expiry(), amount=-1)


async def claim(key: str, value: str, seconds: int) -> str | None:
    """Set a value where there is none; return the one that stands."""
    if _redis:
        is_free = await _redis.set(key, value, ex=seconds, nx=True)
        standing: str | None = None if is_free else await _redis.get(key)
        return standing
    found = _values.get(key)
    if found is None:
        _values[key] = (value, seconds)
        return None
    return str(found[0])


async def put(key: str, value: str, seconds: int) -> None:
    if _redis:
        await _redis.set(key, value, ex=seconds)
    else:
        _values[key] = (value, seconds)


async def remove(key: str) -> None:
    if _redis:
        await _redis.delete(key)
    else:
        _values.pop(key, None)
