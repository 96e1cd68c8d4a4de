"""One watch over each request: its time is taken once, then logged, counted and traced."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from service.http.visit import Visit, visit_or_none
from service.observability.logging import access_log
from service.observability.metrics import Metrics

if TYPE_CHECKING:
    from service.observability.traces import Traces

#: A client may write any word as the method; what is none of these is shown as one.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "_OTHER"
_START = ("POST", "/v1/profiles/<alias>/callbacks")
_REPLAYED = ("Idempotency-Replayed", "true")
#: An orchestrator asks these all the time; they are no part of any trace.
_PROBES = frozenset({"/healthz", "/readyz"})


class Watch:
    """See requests come and go, and what they spend at Fonolo; `traces` only where they are on."""

    def __init__(self, metrics: Metrics, traces: Traces | None = None) -> None:
        self._metrics = metrics
        self._traces = traces

    def begin(self, visit: Visit, environ: dict[str, Any]) -> None:
        """See a request come."""
        self._metrics.in_flight.inc()
        if self._traces and environ["PATH_INFO"] not in _PROBES:
            visit.span = self._traces.begin(_shown(visit.method), environ.get("HTTP_TRACEPARENT"))

    def called(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Take note of a call to Fonolo; an observer of `FonoloClient`."""
        self._metrics.upstream(endpoint, outcome, seconds)
        self.waited(seconds)

    def waited(self, seconds: float) -> None:
        """Add to what the request at hand spends at Fonolo, be it in another request's fetch."""
        visit = visit_or_none()
        if visit:
            visit.upstream_seconds = (visit.upstream_seconds or 0.0) + seconds

    def end(self, visit: Visit, status_line: str, headers: list[tuple[str, str]]) -> None:
        """See what a request is answered with."""
        seconds = time.perf_counter() - visit.began
        status, method, code = int(status_line[:3]), _shown(visit.method), visit.code
        self._metrics.request(visit.route or "none", method, status, seconds)
        if code:
            self._metrics.problem(code, visit.scope)
        if (visit.method, visit.route) == _START:
            self._metrics.start("replayed" if _REPLAYED in headers else code or "started")
        upstream = visit.upstream_seconds
        access_log.info(
            "request",
            method=method,
            route=visit.route,
            status=status,
            code=code,
            milliseconds=round(seconds * 1000, 1),
            upstream_milliseconds=upstream and round(upstream * 1000, 1),
            client=visit.client.address,
            request_id=visit.id,
            **(self._end_span(visit, status) if visit.span else {}),
        )

    def left(self) -> None:
        """See a request gone, whatever has come of it."""
        self._metrics.in_flight.dec()

    def _end_span(self, visit: Visit, status: int) -> dict[str, str]:
        """End the request's span; return what names its trace in the log."""
        assert self._traces  # noqa: S101 - who else has begun it?
        return self._traces.end(visit.span, _shown(visit.method), visit.route, status, visit.code)


def _shown(method: str) -> str:
    return method if method in METHODS else OTHER
