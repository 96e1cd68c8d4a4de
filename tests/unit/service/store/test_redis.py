"""The store in Redis, where a real one cannot be made to wait at the right moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from redis import Redis

from service.callbacks.ports import Budget, Rate
from service.store.redis import RedisStore


class SlowRedis:
    """A client whose scripts wait for `go`; `happened` lists what ended, in order."""

    def __init__(self) -> None:
        self.asked, self.go, self.closed = (threading.Event() for _ in range(3))
        self.happened: list[str] = []

    def register_script(self, script: str) -> Callable[[Any, Any], list[int]]:
        return self._run

    def close(self) -> None:
        self.happened.append("closed")
        self.closed.set()

    def _run(self, keys: Any, arguments: Any) -> list[int]:
        self.asked.set()
        assert self.go.wait(10)
        self.happened.append("answered")
        return [0, 0]


def test_its_connections_are_closed_once_no_operation_uses_them() -> None:
    client = SlowRedis()
    store = RedisStore(cast(Redis, client), connections=3)
    with ThreadPoolExecutor() as pool:
        operation = pool.submit(store.windows, [Budget("number", "number:1", Rate(1, 60))])
        assert client.asked.wait(10)
        closing = pool.submit(store.close)
        assert not client.closed.wait(0.1)
        client.go.set()
        operation.result(10)
        closing.result(10)
    assert client.happened == ["answered", "closed"]
