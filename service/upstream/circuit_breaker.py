"""A circuit breaker: stop asking a Fonolo that does not answer, probe it with one call a pause.

docs/decisions/0005-own-breaker.md says why this is not a library's, and what opens it for whom.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cachetools import LRUCache

from service.errors import UpstreamError, UpstreamRefused, UpstreamUnreachable

#: Failures in a row that open a circuit.
FAILURES = 5
#: The first pause and the longest, in seconds; each pause in a row is twice the one before.
PAUSE, LONGEST_PAUSE = 5.0, 60.0
#: So many sources that failed are remembered; the least recently used goes first.
MAX_SOURCES = 4096


@dataclass(slots=True, eq=False)
class _Circuit:
    """One circuit: closed while `probe_at`, when the next probe may go, is None."""

    failures: int = 0
    pause: float = PAUSE
    probe_at: float | None = None
    is_probed: bool = False

    def seconds_to_probe(self, now: float) -> float | None:
        """Return in how many seconds the next probe may go; None: now, or it is closed."""
        if self.probe_at is None:
            return None
        left = self.probe_at - now
        return max(left, 1) if left > 0 or self.is_probed else None

    def failed(self, now: float, failures: int, *, probe: bool) -> bool:
        """Note so many failures in a row, the last one a probe or not; return whether it opened."""
        self.failures = failures
        if probe:
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
            self.is_probed = False
        elif self.probe_at is not None or failures < FAILURES:
            return False
        self.probe_at = now + self.pause
        return True


class CircuitBreaker:
    """Guard the calls to one endpoint; `clock` is monotonic, in seconds.

    A source is on whose behalf a call is made: a client, or a call-back. Time-outs and unreadable
    answers in a row of one source open the circuit for that source; those of different sources,
    and failed connections, open it for all. A refusal is an answer. Any answer closes every
    circuit. `on_change` is called with whether it is open for all, when that changes.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[bool], None] = lambda is_open: None,
    ) -> None:
        self._clock = clock
        self._on_change = on_change
        self._lock = threading.Lock()
        self._for_all = _Circuit()
        self._connections = 0  # failed ones in a row
        self._failed_sources: set[str] = set()  # since the last answer
        self._sources: LRUCache[str, _Circuit] = LRUCache(MAX_SOURCES)

    @property
    def is_open(self) -> bool:
        """Tell whether everybody's calls are refused, but for a probe."""
        return self._for_all.probe_at is not None

    @contextmanager
    def guard(self, source: str) -> Iterator[bool]:
        """Let the block call, or raise `UpstreamUnreachable` with the seconds until a probe.

        The block is told whether its call is a probe.
        """
        probed = self._admit(source)
        try:
            yield bool(probed)
        except UpstreamRefused:
            self._answered(source)
            raise
        except UpstreamError as error:
            self._failed(source, error, probed)
            raise
        except BaseException:
            with self._lock:
                for circuit in probed:
                    circuit.is_probed = False
            raise
        self._answered(source)

    def _admit(self, source: str) -> list[_Circuit]:
        """Return the open circuits that this call probes; raise when it may not go."""
        with self._lock:
            now = self._clock()
            own = self._sources.get(source)
            circuits = [self._for_all, own] if own else [self._for_all]
            waits = [
                wait for circuit in circuits if (wait := circuit.seconds_to_probe(now)) is not None
            ]
            if waits:
                raise UpstreamUnreachable("the circuit is open", retry_after=max(waits))
            probed = [circuit for circuit in circuits if circuit.probe_at is not None]
            for circuit in probed:
                circuit.is_probed = True
            return probed

    def _answered(self, source: str) -> None:
        with self._lock:
            was_open = self.is_open
            self._sources.pop(source, None)
            if not (self._failed_sources or self._connections):
                return
            for failed in self._failed_sources:
                if (circuit := self._sources.get(failed)) and circuit.probe_at is not None:
                    del self._sources[failed]
            self._failed_sources.clear()
            self._connections = 0
            self._for_all = _Circuit()
        if was_open:
            self._on_change(False)

    def _failed(self, source: str, error: UpstreamError, probed: list[_Circuit]) -> None:
        with self._lock:
            now = self._clock()
            own = self._sources.setdefault(source, _Circuit())
            if isinstance(error, UpstreamUnreachable):
                self._connections += 1
            else:
                self._failed_sources.add(source)
                own.failures += 1
            own.failed(now, own.failures, probe=own in probed)
            failures = self._connections + len(self._failed_sources)
            has_opened = self._for_all.failed(now, failures, probe=self._for_all in probed)
        if has_opened:
            self._on_change(True)
