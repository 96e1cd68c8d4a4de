"""A bulkhead: bounds how many threads wait for Fonolo, so that the others go on answering."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import UpstreamUnreachable


class Bulkhead:
    """At most `limit` callers at a time; one more is refused at once."""

    def __init__(self, limit: int) -> None:
        self._semaphore = threading.BoundedSemaphore(limit)

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Hold one of the places for the block; raise `UpstreamUnreachable` when none is free."""
        if not self._semaphore.acquire(blocking=False):
            raise UpstreamUnreachable("too many requests wait for Fonolo", retry_after=1)
        try:
            yield
        finally:
            self._semaphore.release()
