"""How a process notices that a Redis server has lost what it wrote: it counts its writes there."""

from __future__ import annotations

import secrets
import threading


class Marks:
    """A number on each server, which this process counts up with what it writes; thread-safe.

    A server that has a lesser one than it acknowledged was emptied, began again from an old copy,
    or took the place of a primary without its last writes.
    """

    def __init__(self) -> None:
        self._process = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._acknowledged: dict[str, int] = {}

    def key(self, tag: int) -> str:
        """Return the key of the mark on the server that has the slot of the tag."""
        return f"mark:{self._process}:{{{tag}}}"

    def acknowledged(self, key: str) -> int:
        """Return the greatest number that the server has said."""
        return self._acknowledged.get(key, 0)

    def acknowledge(self, key: str, number: int) -> None:
        """Note what the server said; answers may come out of order."""
        with self._lock:
            self._acknowledged[key] = max(number, self.acknowledged(key))
