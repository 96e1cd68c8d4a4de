"""What a failure of Redis says: whether it is away, and whether it may have done what was asked."""

from __future__ import annotations

from redis.exceptions import (
    ConnectionError,
    MaxConnectionsError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TimeoutError,
)

#: What Redis and its client raise; `RedisClusterException` is no `RedisError`.
STORE_ERRORS = (RedisError, RedisClusterException)


class LostWritesError(RedisError):
    """The server has lost something that this process wrote; it did nothing."""


def is_lost(error: Exception) -> bool:
    """Tell whether the connection is lost, or leads to a server that does not do what is asked.

    Such a server is no primary any more, loads its data, is out of memory, is a cluster's.
    """
    lost = (ConnectionError, ResponseError, RedisClusterException)
    return isinstance(error, lost) and not isinstance(error, MaxConnectionsError)


def did_nothing(error: Exception) -> bool:
    """Tell whether Redis refused what it was asked, so that nothing of it is done."""
    return isinstance(error, (ReadOnlyError, LostWritesError))


def may_be_brief(error: Exception) -> bool:
    """Tell whether Redis may be back at once.

    Another primary takes the place of the one that refused, what it lost is handed over, or only
    one answer was late.
    """
    return did_nothing(error) or isinstance(error, TimeoutError)
