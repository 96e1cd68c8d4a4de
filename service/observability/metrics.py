"""Prometheus metrics: the counts of one process, and those of all workers together.

`prometheus_client` decides when it is imported whether it counts for one process or for several,
so it is imported late: after `serve` has said where the workers' counts are kept.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from service.observability.worker_counts import DIRECTORY, reading

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
_PREFIX = "callback_gateway"
_SCOPES = ("client", "number", "callback", "global")
_KINDS = ("starts", "reads")
_RELOADED = ("NUMBERS_BLOCKED", "IDENTITY_SECRET", "IDENTITY_JWKS")
_CACHES, _RESULTS = ("profiles", "slots", "statuses"), ("hit", "miss", "shared", "stale", "ahead")

#: How often a reading of all workers' counts is tried.
_READINGS = 5


class _Children(dict[tuple[Any, ...], Any]):
    """The children of a metric by their labels' values: made once, then found without a lock.

    Those in `known` are shown from the start: a counter that first appears as 1 has not increased,
    as Prometheus sees it.
    """

    def __init__(self, metric: Any, known: Iterable[tuple[str, ...]] = ()) -> None:
        self._metric = metric
        for values in known:
            self[values]

    def __missing__(self, values: tuple[Any, ...]) -> Any:
        child = self[values] = self._metric.labels(*values)
        return child


class Metrics:
    """The counts of one process, in a registry of their own; `statuses` are those of all problems,
    by their codes.
    """

    def __init__(self, statuses: Mapping[str, int]) -> None:
        from prometheus_client import CollectorRegistry

        self.registry = CollectorRegistry()
        self._count_requests()
        self._count_outcomes(statuses)
        self._show_states()

    def _count_requests(self) -> None:
        self._requests = self._histogram(
            "request_seconds", "Requests by route, method and status.", "route", "method", "status"
        )
        self._upstream = self._histogram(
            "upstream_seconds", "Calls to Fonolo by endpoint and outcome.", "endpoint", "outcome"
        )
        self.in_flight = self._gauge("requests_in_flight", "Requests being answered now.", "sum")

    def _count_outcomes(self, statuses: Mapping[str, int]) -> None:
        results = {"started": "placed", "replayed": "replayed"}
        results |= {code: _result(code, status) for code, status in statuses.items()}
        starts = self._counter(
            "starts",
            "Starts by outcome (started, replayed, or the problem's code) and what that comes to: "
            "placed, replayed, refused (the caller's doing, or ours on purpose) or failed.",
            ["outcome", "result"],
            results.items(),
        )
        self._starts = {outcome: starts[outcome, result] for outcome, result in results.items()}
        self._problems = self._counter(
            "problems", "Problems by code.", ["code"], [(code,) for code in statuses]
        )
        self._rejections = self._counter(
            "budget_rejections",
            "Requests refused because a budget was used up, by its scope.",
            ["scope"],
            [(scope,) for scope in _SCOPES],
        )
        self._cache = self._counter(
            "cache",
            "Look-ups of cached answers, by cache and result (hit, miss, shared; stale: of those "
            "missed, answered with an old one; ahead: renewals that nobody waited for).",
            ["cache", "result"],
            [(cache, result) for cache in _CACHES for result in _RESULTS],
        )

        self._reloads = self._counter(
            "reloads_failed",
            "Attempts to read a setting's file again that failed; the old value stays.",
            ["setting"],
            [(setting,) for setting in _RELOADED],
        )

    def _show_states(self) -> None:
        """Show what is so now; the store only where there is one, see `store_up`."""
        from prometheus_client import Counter

        self._store_up: Any = None
        self._breakers = _Children(
            self._gauge(
                "breaker_open",
                "1 while calls of that kind (starts, reads) to Fonolo are held back.",
                "max",
                "kind",
            ),
            [(kind,) for kind in _KINDS],
        )
        build = self._gauge("build_info", "1; the version that runs.", "max", "version")
        build.labels(version("callback-gateway")).set(1)
        self._gauge("workers", "Worker processes.", "sum").set(1)
        begun = Counter(
            f"{_PREFIX}_worker_starts", "Worker processes ever begun.", registry=self.registry
        )
        begun.inc()

    def upstream(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Count one call to Fonolo."""
        self._upstream[endpoint, outcome].observe(seconds)

    def cache(self, name: str, result: str) -> None:
        self._cache[name, result].inc()

    def reload_failed(self, setting: str) -> None:
        """Count that a setting's file could not be read again."""
        self._reloads[setting,].inc()

    def store_up(self, up: bool) -> None:
        """Show whether the shared store answers; without one this is never called nor shown."""
        if self._store_up is None:
            self._store_up = self._gauge(
                "store_up",
                "1 while the shared store answers, 0 while this process counts alone.",
                "min",
            )
        self._store_up.set(up)

    def breaker_open(self, kind: str, is_open: bool) -> None:
        self._breakers[kind,].set(is_open)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests[route, method, status].observe(seconds)

    def problem(self, code: str, scope: str | None) -> None:
        """Count a problem by its code, and by the budget that was used up, if it was one."""
        self._problems[code,].inc()
        if scope:
            self._rejections[scope,].inc()

    def start(self, outcome: str) -> None:
        """Count a start by its outcome: `started`, `replayed`, or the problem's code."""
        self._starts[outcome].inc()

    def _histogram(self, name: str, text: str, *labels: str) -> _Children:
        from prometheus_client import Histogram

        return _Children(
            Histogram(f"{_PREFIX}_{name}", text, labels, registry=self.registry, buckets=_BUCKETS)
        )

    def _counter(
        self,
        name: str,
        text: str,
        labels: Collection[str],
        known: Iterable[tuple[str, ...]] = (),
    ) -> _Children:
        from prometheus_client import Counter

        return _Children(Counter(f"{_PREFIX}_{name}", text, labels, registry=self.registry), known)

    def _gauge(self, name: str, text: str, over: str, *labels: str) -> Any:
        """Make a gauge whose value is the `sum`, `max` or `min` over the workers that live."""
        from prometheus_client import Gauge

        mode: Any = f"live{over}"
        return Gauge(
            f"{_PREFIX}_{name}", text, labels, registry=self.registry, multiprocess_mode=mode
        )


def _result(code: str, status: int) -> str:
    return "failed" if status >= 500 and code != "starts_disabled" else "refused"


@contextmanager
def shared_counts(parent: str | None) -> Iterator[None]:
    """Keep the counts of all workers in a folder of its own below `parent`, while it lasts."""
    directory, owner = mkdtemp(dir=parent, prefix="callback-gateway-"), os.getpid()
    os.environ[DIRECTORY] = directory
    try:
        yield
    finally:
        if os.getpid() == owner:  # a worker that ends comes by here too, and is not the last
            del os.environ[DIRECTORY]
            rmtree(directory, ignore_errors=True)


def all_workers() -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that shows the counts of all workers."""
    from prometheus_client import CollectorRegistry, make_wsgi_app
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    registry.register(Reread(MultiProcessCollector(None)))  # type: ignore[no-untyped-call]
    return make_wsgi_app(registry)


class Reread:
    """Collect again where a worker is making a file of its counts: it is empty for a moment."""

    def __init__(self, collector: Any, pause: Callable[[float], None] = time.sleep) -> None:
        self._collector = collector
        self._pause = pause

    def collect(self) -> list[Any]:
        for _ in range(_READINGS - 1):
            try:
                with reading:
                    return list(self._collector.collect())
            except (struct.error, RuntimeError):  # empty; longer than it said a moment ago
                self._pause(0.01)
        return list(self._collector.collect())
