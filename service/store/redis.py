"""The store in Redis or Valkey, shared by all replicas. Each operation is one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from service.callbacks.ports import Budget, Reservation, Window
from service.store.memory import Entry

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
  local used, without = redis.call('ZCARD', key), ARGV[3 * i + 1]
  if without ~= '' and redis.call('ZSCORE', key, without) then used = used - 1 end
  if refused < 0 and used >= tonumber(ARGV[3 * i - 1]) then refused = i - 1 end
end
for i, key in ipairs(KEYS) do
  if refused < 0 then
    local lasts = tonumber(ARGV[3 * i])
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
_WINDOWS = (
    _NOW
    + """
local found = {}
for _, key in ipairs(KEYS) do
  local first = redis.call('ZRANGEBYSCORE', key, now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  found[#found + 1] = redis.call('ZCOUNT', key, now, '+inf')
  found[#found + 1] = first and string.format('%.0f', first - now) or '0'
end
return found
"""
)
_GIVE_BACK = "for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end"
_SET_IF_ABSENT = """
local current = redis.call('GET', KEYS[1])
if not current then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return current
"""
_DELETE_IF_EQUAL = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class RedisStore:
    """Keep windows and values in Redis; every method raises `redis.RedisError` when it is away."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._reserve = client.register_script(_RESERVE)
        self._windows = client.register_script(_WINDOWS)
        self._enter = client.register_script(_ENTER)
        self._give_back = client.register_script(_GIVE_BACK)
        self._set_if_absent = client.register_script(_SET_IF_ABSENT)
        self._delete_if_equal = client.register_script(_DELETE_IF_EQUAL)

    def ping(self) -> None:
        """Ask whether it is there."""
        self._client.ping()

    def reserve(self, budgets: Sequence[Budget], id: str) -> Reservation:
        if not budgets:
            return Reservation(())
        arguments: list[str | int] = [id]
        for budget in budgets:
            micros = round(budget.rate.seconds * 1e6)
            arguments += [budget.rate.amount, micros, budget.without]
        refused, *found = self._reserve([PREFIX + each.key for each in budgets], arguments)
        return Reservation(_read_windows(found), None if refused < 0 else int(refused))

    def windows(self, budgets: Sequence[Budget]) -> tuple[Window, ...]:
        return _read_windows(self._windows([PREFIX + each.key for each in budgets]))

    def clear(self, prefix: str) -> None:
        for key in self._client.scan_iter(match=f"{PREFIX}{prefix}*"):
            self._client.delete(key)

    def restore(self, windows: Sequence[Entry], values: Sequence[Entry]) -> None:
        """Enter what a replica stored while Redis was away; a value that exists already stays."""
        entries: list[tuple[bool, Entry]] = [(True, each) for each in windows]
        entries += [(False, each) for each in values]
        for begin in range(0, len(entries), _BATCH):
            with self._client.pipeline(transaction=False) as batch:
                for is_window, (key, content, seconds) in entries[begin : begin + _BATCH]:
                    if is_window:
                        self._enter([PREFIX + key], [content, round(seconds * 1e6)], batch)
                    else:
                        batch.set(PREFIX + key, content, px=max(1, round(seconds * 1e3)), nx=True)
                batch.execute()

    def give_back(self, keys: Sequence[str], id: str) -> None:
        if keys:
            self._give_back([PREFIX + key for key in keys], [id])

    def get(self, key: str) -> str | None:
        current = self._client.get(PREFIX + key)
        return None if current is None else cast(bytes, current).decode()

    def set_if_absent(self, key: str, value: str, seconds: float) -> str | None:
        current = self._set_if_absent([PREFIX + key], [value, round(seconds * 1000)])
        return None if current is None else cast(bytes, current).decode()

    def set(self, key: str, value: str, seconds: float) -> None:
        self._client.set(PREFIX + key, value, px=round(seconds * 1000))

    def delete_if_equal(self, key: str, value: str) -> None:
        self._delete_if_equal([PREFIX + key], [value])


def _read_windows(found: Sequence[Any]) -> tuple[Window, ...]:
    """Read pairs of how much is used and in how many microseconds the next of it frees."""
    return tuple(
        Window(int(used), int(frees_in) / 1e6)
        for used, frees_in in zip(found[::2], found[1::2], strict=True)
    )


def connect(url: str, timeout: float = TIMEOUT) -> Redis:
    """Open a client for `redis://`, `rediss://`, `valkey://` or a Sentinel's URL.

    A Sentinel's is `redis+sentinel://host:port,host:port/service[/database]`. Time-outs are
    short and nothing is tried twice: the caller has a store in memory to fall back on.
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
