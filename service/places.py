"""Room for those who wait for Fonolo: bounded, so that the other threads go on answering."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import UpstreamUnreachable


class Places:
    """At most `limit` callers wait at a time; one more is sent away at once."""

    def __init__(self, limit: int) -> None:
        self._free = threading.BoundedSemaphore(limit)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a place for the block; raise `UpstreamUnreachable` when none is free."""
        if not self._free.acquire(blocking=False):
            raise UpstreamUnreachable("too many requests wait for Fonolo", retry_after=1)
        try:
            yield
        finally:
            self._free.release()
