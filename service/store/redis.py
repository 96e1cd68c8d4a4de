"""A ledger in Redis or Valkey, shared by all replicas. Each operation is one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from service.callbacks.ports import Budget, Reservation, Window
from service.store.memory import Held

#: How long the store may take to connect, and to answer, in seconds.
TIMEOUT = 0.05
#: How much is handed over in one round trip.
_BATCH = 100
#: Every key begins so: the store may be shared with others.
PREFIX = "cbg:"

# Windows are sorted sets of ids by their expiry, in microseconds of the server's own clock, so
# that replicas agree on the time.
_NOW = "local t = redis.call('TIME'); local now = t[1] * 1000000 + t[2]\n"
_RESERVE = (
    _NOW
    + """
local id, refused, found = ARGV[1], -1, {}
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if refused < 0 and redis.call('ZCARD', key) >= tonumber(ARGV[2 * i]) then refused = i - 1 end
end
for i, key in ipairs(KEYS) do
  if refused < 0 then
    local lasts = tonumber(ARGV[2 * i + 1])
    redis.call('ZADD', key, string.format('%.0f', now + lasts), id)
    local ttl = math.ceil(lasts / 1000)
    if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, ttl) end
  end
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  found[#found + 1] = redis.call('ZCARD', key)
  found[#found + 1] = first and string.format('%.0f', first - now) or '0'
end
return {refused, unpack(found)}
"""
)
_ENTER = (
    _NOW
    + """
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
local ttl = math.ceil(tonumber(ARGV[2]) / 1000)
if redis.call('PTTL', KEYS[1]) < ttl then redis.call('PEXPIRE', KEYS[1], ttl) end
"""
)
_GIVE_BACK = "for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end"
_CLAIM = """
local standing = redis.call('GET', KEYS[1])
if not standing then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return standing
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class RedisLedger:
    """Keep windows and values in Redis; every method raises `redis.RedisError` when it is away."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._reserve = client.register_script(_RESERVE)
        self._enter = client.register_script(_ENTER)
        self._give_back = client.register_script(_GIVE_BACK)
        self._claim = client.register_script(_CLAIM)
        self._release = client.register_script(_RELEASE)

    def ping(self) -> None:
        """Ask whether it is there."""
        self._client.ping()

    def reserve(self, budgets: Sequence[Budget], id: str) -> Reservation:
        if not budgets:
            return Reservation(())
        arguments: list[str | int] = [id]
        for budget in budgets:
            arguments += [budget.rate.amount, round(budget.rate.seconds * 1e6)]
        refused, *found = self._reserve([PREFIX + each.key for each in budgets], arguments)
        windows = tuple(
            Window(int(used), int(frees_in) / 1e6)
            for used, frees_in in zip(found[::2], found[1::2], strict=True)
        )
        return Reservation(windows, None if refused < 0 else int(refused))

    def restore(self, windows: Sequence[Held], values: Sequence[Held]) -> None:
        """Take over what a replica held while the store was away; what stands here stays."""
        held: list[tuple[bool, Held]] = [(True, each) for each in windows]
        held += [(False, each) for each in values]
        for begin in range(0, len(held), _BATCH):
            with self._client.pipeline(transaction=False) as batch:
                for is_window, (key, content, seconds) in held[begin : begin + _BATCH]:
                    if is_window:
                        self._enter([PREFIX + key], [content, round(seconds * 1e6)], batch)
                    else:
                        batch.set(PREFIX + key, content, px=max(1, round(seconds * 1e3)), nx=True)
                batch.execute()

    def give_back(self, keys: Sequence[str], id: str) -> None:
        if keys:
            self._give_back([PREFIX + key for key in keys], [id])

    def claim(self, key: str, value: str, seconds: float) -> str | None:
        standing = self._claim([PREFIX + key], [value, round(seconds * 1000)])
        return None if standing is None else cast(bytes, standing).decode()

    def keep(self, key: str, value: str, seconds: float) -> None:
        self._client.set(PREFIX + key, value, px=round(seconds * 1000))

    def release(self, key: str, value: str) -> None:
        self._release([PREFIX + key], [value])


def connect(url: str, timeout: float = TIMEOUT) -> Redis:
    """Open a client for `redis://`, `rediss://`, `valkey://` or a Sentinel's URL.

    A Sentinel's is `redis+sentinel://host:port,host:port/service[/database]`. Time-outs are
    short and nothing is tried twice: whoever asks has a ledger of his own to fall back on.
    """
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "retry_on_error": [],
    }
    url = url.replace("valkey", "redis", 1) if url.startswith("valkey") else url
    if "+sentinel" not in url.partition("://")[0]:
        return Redis.from_url(url, **options)
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    service, _, database = parts.path.strip("/").partition("/")
    options |= {"username": user or None, "password": password or None}
    options["ssl"] = parts.scheme.startswith("rediss")
    addresses = [_address(host) for host in hosts.split(",")]
    sentinel = Sentinel(addresses, sentinel_kwargs=options, **options)  # type: ignore[no-untyped-call]
    master = sentinel.master_for(service or "mymaster", db=int(database or 0))  # type: ignore[no-untyped-call]
    return cast(Redis, master)


def _address(host: str) -> tuple[str, int]:
    name, _, port = host.rpartition(":")
    return (name.strip("[]"), int(port)) if name else (host, 26379)
