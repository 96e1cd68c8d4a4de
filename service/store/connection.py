"""Connect to Redis: one server, through sentinels, or a cluster, recognised where it is one."""

from __future__ import annotations

from typing import Any, cast

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ReadOnlyError, ResponseError
from redis.retry import Retry
from redis.sentinel import Sentinel

from service.redis_url import RedisURL

Client = Redis | RedisCluster

#: As many connections as there can be threads that ask; opened only as they are needed.
MAX_CONNECTIONS = 512


class UnusableStore(RedisError):
    """A server that answers, and can never be the store as it is configured."""


def open_client(url: RedisURL, timeout: float) -> Client:
    """Return a client of what the URL names, having asked it what it is.

    `timeout` is how long it may take to connect, and to answer, in seconds. Nothing is tried twice:
    the caller has a store in memory to fall back on. Raises what redis-py raises, `ReadOnlyError`
    for a replica among it.
    """
    options = _options(url, timeout)
    if url.kind == "cluster":
        return _open_cluster(url, options)
    if url.kind == "sentinel":
        return _open_by_sentinel(url, options, timeout)
    host, port = url.addresses[0]
    single = Redis(host, port, db=url.database, **options, **_no_retry())
    try:
        mode, role = _ask_mode(single)
    except ResponseError as error:
        if "SELECT is not allowed in cluster" in str(error):
            raise UnusableStore("it leads to a cluster, which has no database but 0") from None
        raise
    if mode == "cluster":
        single.close()
        return _open_cluster(url, options)
    if mode == "sentinel":
        raise UnusableStore("it leads to a Sentinel: redis+sentinel://host:port/service is wanted")
    if role not in {"master", ""}:
        raise ReadOnlyError("the server is a replica")
    return single


def _options(url: RedisURL, timeout: float) -> dict[str, Any]:
    return {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "max_connections": MAX_CONNECTIONS,
        "ssl": url.tls,
        **url.options,
    }


def _no_retry() -> dict[str, Any]:
    return {"retry": Retry(NoBackoff(), 0), "retry_on_error": []}


def _open_cluster(url: RedisURL, options: dict[str, Any]) -> RedisCluster:
    nodes = [ClusterNode(*address) for address in url.addresses]  # type: ignore[no-untyped-call]
    return RedisCluster(startup_nodes=nodes, retry=Retry(NoBackoff(), 0), **options)


def _open_by_sentinel(url: RedisURL, options: dict[str, Any], timeout: float) -> Redis:
    """Return a client that asks the sentinels where the primary is, for each new connection."""
    own = {name: value for name, value in options.items() if name not in {"username", "password"}}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        url.addresses,
        sentinel_kwargs=own | dict(url.sentinel_options) | _no_retry(),
        **options | _no_retry(),
    )
    primary = cast(Redis, sentinel.master_for(url.service, db=url.database))  # type: ignore[no-untyped-call]
    mode, _ = _ask_mode(primary)
    if mode == "cluster":
        raise UnusableStore("its sentinels lead to a cluster: redis+cluster:// is wanted")
    return primary


def _ask_mode(client: Redis) -> tuple[str, str]:
    """Return what the server is (standalone, cluster, sentinel) and its role; empty: unknown.

    HELLO needs no permission, and says both; servers and proxies may not know it.
    """
    try:
        answer = client.execute_command("HELLO")  # type: ignore[no-untyped-call]
    except ResponseError as error:
        if "unknown command" in str(error).lower():
            return "", ""
        raise
    if isinstance(answer, list):
        answer = dict(zip(answer[::2], answer[1::2], strict=True))
    return _text(answer, "mode"), _text(answer, "role")


def _text(answer: Any, name: str) -> str:
    value = answer.get(name.encode(), answer.get(name, b""))
    return value.decode() if isinstance(value, bytes) else str(value)
