"""A circuit breaker: stop asking a Fonolo that does not answer, probe it with one call a pause.

docs/decisions/0005-own-breaker.md says why this is not a library's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.errors import UpstreamError, UpstreamRefused, UpstreamUnreachable

#: Failures in a row that open the circuit.
FAILURES = 5
#: The first pause and the longest, in seconds; each pause in a row is twice the one before.
PAUSE, LONGEST_PAUSE = 5.0, 60.0


class CircuitBreaker:
    """Guard calls to one dependency; `clock` is monotonic, in seconds.

    Failed connections, time-outs and unreadable answers open it. A refusal is an answer: it
    closes it. `on_change` is called with whether it is open, when that changes.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[bool], None] = lambda is_open: None,
    ) -> None:
        self._clock = clock
        self._on_change = on_change
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = PAUSE
        self._probe_at: float | None = None  # when the next probe may go; None: closed
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Tell whether calls are refused, but for a probe."""
        return self._probe_at is not None

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let the block call, or raise `UpstreamUnreachable` with the seconds until a probe."""
        probe = self._admit()
        try:
            yield
        except UpstreamRefused:
            self._succeeded()
            raise
        except UpstreamError:
            self._failed(probe)
            raise
        except BaseException:
            self._probing = self._probing and not probe
            raise
        self._succeeded()

    def _admit(self) -> bool:
        """Return whether this call is the probe; raise when it may not go."""
        with self._lock:
            if self._probe_at is None:
                return False
            wait = self._probe_at - self._clock()
            if wait > 0 or self._probing:
                raise UpstreamUnreachable("the circuit is open", retry_after=max(wait, 1))
            self._probing = True
            return True

    def _succeeded(self) -> None:
        with self._lock:
            was_open = self.is_open
            self._failures, self._pause = 0, PAUSE
            self._probe_at, self._probing = None, False
        if was_open:
            self._on_change(False)

    def _failed(self, probe: bool) -> None:
        with self._lock:
            self._failures += 1
            if probe:
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
                self._probing = False
            elif self._probe_at is not None or self._failures < FAILURES:
                return
            self._probe_at = self._clock() + self._pause
        self._on_change(True)
