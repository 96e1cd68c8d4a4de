"""One watch over each request: its time is taken once, then logged, counted and traced."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import Flask, Response, g, has_app_context, request

from service.http.headers import REQUEST_ID
from service.observability.logs import access_log
from service.observability.metrics import Metrics

if TYPE_CHECKING:
    from service.observability.traces import Traces

#: A client may write any word as the method; what is none of these is shown as one.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "_OTHER"
_START = "callbacks.start_callback"
#: An orchestrator asks these all the time; they are no part of any trace.
_PROBES = frozenset({"operations.healthz", "operations.readyz"})


class Watch:
    """See requests come and go, and what they spend at Fonolo; `traces` only where they are on."""

    def __init__(self, metrics: Metrics, traces: Traces | None = None) -> None:
        self._metrics = metrics
        self._traces = traces

    def init_app(self, app: Flask) -> None:
        """Watch every request of the app; what is registered before this is not seen."""
        app.wsgi_app = self._metrics.count_in_flight(app.wsgi_app)  # type: ignore[method-assign]
        app.before_request(self._begin)
        app.after_request(self._end)
        if self._traces:
            app.before_request(self._begin_span)

    def called(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Take note of a call to Fonolo; an observer of `FonoloClient`."""
        self._metrics.upstream(endpoint, outcome, seconds)
        self.waited(seconds)

    def waited(self, seconds: float) -> None:
        """Add to what the request at hand spends at Fonolo, be it in another request's fetch."""
        if has_app_context():
            g.upstream_seconds = g.get("upstream_seconds", 0.0) + seconds

    def _begin(self) -> None:
        g.began = time.perf_counter()

    def _begin_span(self) -> None:
        if self._traces and request.endpoint not in _PROBES:
            rule, method = request.url_rule, request.method
            g.span = self._traces.begin(
                method if method in METHODS else OTHER,
                rule.rule if rule else None,
                request.headers.get("traceparent"),
            )

    def _end(self, response: Response) -> Response:
        seconds = time.perf_counter() - g.began
        rule, status, code = request.url_rule, response.status_code, g.get("code")
        route = rule.rule if rule else None
        method = request.method if request.method in METHODS else OTHER
        self._metrics.request(route or "none", method, status, seconds)
        if code:
            self._metrics.problem(code, g.get("scope"))
        if request.endpoint == _START and method == "POST":
            replayed = "Idempotency-Replayed" in response.headers
            self._metrics.start("replayed" if replayed else code or "started")
        upstream = g.get("upstream_seconds")
        access_log.info(
            "request",
            method=method,
            route=route,
            status=status,
            code=code,
            milliseconds=round(seconds * 1000, 1),
            upstream_milliseconds=upstream and round(upstream * 1000, 1),
            client=g.get("client"),
            request_id=request.environ.get(REQUEST_ID),
            **(self._end_span(status, code) if self._traces else {}),
        )
        return response

    def _end_span(self, status: int, code: str | None) -> dict[str, str]:
        """End the request's span, if it has one; return what names its trace in the log."""
        span = g.get("span")
        return self._traces.end(span, status, code) if span and self._traces else {}
