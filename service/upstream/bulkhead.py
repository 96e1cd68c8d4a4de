"""A bulkhead: bounds how many threads wait for another service, so that the others go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.errors import GatewayError, UpstreamUnreachable


def _fonolo_is_busy() -> GatewayError:
    return UpstreamUnreachable("too many requests wait for Fonolo", retry_after=1)


class Bulkhead:
    """At most `limit` callers at a time; one more is refused at once, with `refusal`'s error."""

    def __init__(self, limit: int, refusal: Callable[[], GatewayError] = _fonolo_is_busy) -> None:
        self._semaphore = threading.BoundedSemaphore(limit)
        self._refusal = refusal

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Hold one of the places for the block; raise the refusal when none is free."""
        if not self._semaphore.acquire(blocking=False):
            raise self._refusal()
        try:
            yield
        finally:
            self._semaphore.release()
