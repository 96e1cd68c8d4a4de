"""The time that a request has, on a clock that never jumps."""

from __future__ import annotations

import time


class Deadline:
    """The instant at which a request must have ended, `seconds` from now."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that remain; negative once it is over."""
        return self._at - time.monotonic()
