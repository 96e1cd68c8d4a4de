"""Prometheus metrics: what is counted, and the port of their own on which they are read.

`prometheus_client` decides when it is imported whether it counts for one process or for several,
so it is imported late: after `serve` has said where the workers' counts are kept.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from flask import Flask, Response, g, request

_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


class Metrics:
    """The counts of one process, in a registry of their own."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = registry = CollectorRegistry()
        prefix = "callback_gateway"
        self._requests = Histogram(
            f"{prefix}_request_seconds",
            "Requests by route, method and status.",
            ["route", "method", "status"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._in_flight = Gauge(
            f"{prefix}_requests_in_flight",
            "Requests being answered now.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._upstream = Histogram(
            f"{prefix}_upstream_seconds",
            "Calls to Fonolo by endpoint and outcome.",
            ["endpoint", "outcome"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._starts = Counter(
            f"{prefix}_starts",
            "Starts by outcome: started, replayed, or the problem's code.",
            ["outcome"],
            registry=registry,
        )
        self._problems = Counter(
            f"{prefix}_problems", "Problems by code.", ["code"], registry=registry
        )
        self._rejections = Counter(
            f"{prefix}_budget_rejections",
            "Requests refused because a budget was used up, by its scope.",
            ["scope"],
            registry=registry,
        )
        self._cache = Counter(
            f"{prefix}_cache",
            "Look-ups of cached answers, by cache and result (hit, miss, stale).",
            ["cache", "result"],
            registry=registry,
        )
        self._store_up = Gauge(
            f"{prefix}_store_up",
            "1 while the shared store answers, 0 while this process counts alone.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self._breaker_open = Gauge(
            f"{prefix}_breaker_open",
            "1 while calls of that kind (starts, reads) to Fonolo are held back.",
            ["kind"],
            registry=registry,
            multiprocess_mode="livemax",
        )

    def upstream(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Count one call to Fonolo; an observer of `FonoloClient`."""
        self._upstream.labels(endpoint, outcome).observe(seconds)

    def cache(self, name: str, result: str) -> None:
        self._cache.labels(name, result).inc()

    def store_up(self, up: bool) -> None:
        self._store_up.set(up)

    def breaker_open(self, kind: str, is_open: bool) -> None:
        self._breaker_open.labels(kind).set(is_open)

    def init_app(self, app: Flask) -> None:
        """Count every request of the app."""
        app.before_request(self._begin)
        app.after_request(self._end)

    def _begin(self) -> None:
        g.counted_from = time.perf_counter()
        self._in_flight.inc()

    def _end(self, response: Response) -> Response:
        self._in_flight.dec()
        rule, code = request.url_rule, g.get("code")
        self._requests.labels(
            rule.rule if rule else "none", request.method, response.status_code
        ).observe(time.perf_counter() - g.counted_from)
        if code:
            self._problems.labels(code).inc()
        if scope := g.get("scope"):
            self._rejections.labels(scope).inc()
        if request.endpoint == "callbacks.start_callback" and request.method == "POST":
            replayed = "Idempotency-Replayed" in response.headers
            self._starts.labels(code or ("replayed" if replayed else "started")).inc()
        return response


@contextmanager
def shared_counts(parent: str | None) -> Iterator[None]:
    """Keep the counts of all workers in a folder of its own below `parent`, while it lasts."""
    with TemporaryDirectory(dir=parent, prefix="callback-gateway-") as directory:
        os.environ[_DIRECTORY] = directory
        try:
            yield
        finally:
            del os.environ[_DIRECTORY]


def expose(port: int) -> None:
    """Serve /metrics on a port of its own: the counts of all workers, in a thread."""
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    start_http_server(port, registry=registry)


def forget(pid: int) -> None:
    """Let go of a worker that has ended."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]
