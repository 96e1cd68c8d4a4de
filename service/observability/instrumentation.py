"""Instrumentation: one place where requests and calls to Fonolo are logged, counted and traced."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from service.observability.logging import access_log
from service.observability.metrics import Metrics

if TYPE_CHECKING:
    from service.observability.tracing import CallSpan, Tracing

#: A client may write any word as the method; what is none of these is shown as one.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "_OTHER"
_START = ("POST", "/v1/profiles/<alias>/callbacks")
#: An orchestrator asks these all the time; they are no part of any trace, nor of the usual log.
_PROBES = frozenset({"/healthz", "/readyz"})


class AnsweredRequest(Protocol):
    """What is observed of a request; `http` has it in its request context."""

    @property
    def id(self) -> str: ...

    @property
    def client(self) -> Any: ...

    @property
    def method(self) -> str: ...

    @property
    def route(self) -> str | None: ...

    @property
    def code(self) -> str | None: ...

    @property
    def scope(self) -> str | None: ...


@dataclass(slots=True)
class _Observation:
    """A request under way; `upstream_seconds` were spent at Fonolo, the last of them at `until`."""

    started_at: float
    span: Any = None
    upstream_seconds: float | None = None
    until: float = 0.0


_current: ContextVar[_Observation | None] = ContextVar("observation", default=None)


class Instrumentation:
    """Observe requests and calls to Fonolo; `tracing` only where traces are on.

    It is what `http` calls a request observer.
    """

    def __init__(self, metrics: Metrics, tracing: Tracing | None = None) -> None:
        self._metrics = metrics
        self._tracing = tracing

    def begin(self, method: str, path: str, traceparent: str | None) -> None:
        """Observe that a request came."""
        self._metrics.in_flight.inc()
        span = None
        if self._tracing and path not in _PROBES:
            span = self._tracing.begin(_shown(method), traceparent)
        _current.set(_Observation(time.perf_counter(), span))

    def answered(self, request: AnsweredRequest, status: int, *, replayed: bool) -> None:
        """Count, log and trace the answer to the current request."""
        observation = _current.get()
        assert observation  # noqa: S101 - it has begun
        seconds = time.perf_counter() - observation.started_at
        method, code = _shown(request.method), request.code
        self._metrics.request(request.route or "none", method, status, seconds)
        if code:
            self._metrics.problem(code, request.scope)
        if (request.method, request.route) == _START:
            self._metrics.start("replayed" if replayed else code or "started")
        upstream = observation.upstream_seconds
        write = access_log.debug if request.route in _PROBES else access_log.info
        write(
            "request",
            method=method,
            route=request.route,
            status=status,
            code=code,
            milliseconds=round(seconds * 1000, 1),
            upstream_milliseconds=upstream and round(upstream * 1000, 1),
            client=request.client.address,
            request_id=request.id,
            **self._end_span(observation.span, request, status),
        )

    def end(self) -> None:
        """Observe that the current request is over, whatever came of it."""
        self._metrics.in_flight.dec()
        _current.set(None)

    def call_ended(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Count a call to Fonolo; it is an observer of `FonoloClient`."""
        self._metrics.upstream(endpoint, outcome, seconds)
        self.add_wait(seconds)

    def add_wait(self, seconds: float) -> None:
        """Add the last `seconds` to those that the current request spends at Fonolo.

        It may spend them in another's fetch. Those of several calls at once count once.
        """
        observation, now = _current.get(), time.perf_counter()
        if observation:
            alone = min(seconds, now - observation.until)
            observation.upstream_seconds = (observation.upstream_seconds or 0.0) + alone
            observation.until = now

    def begin_call(self, method: str, endpoint: str) -> CallSpan:
        """Begin the span of a call to Fonolo; it is a tracer of `FonoloClient`."""
        assert self._tracing  # noqa: S101 - asked for only where traces are on
        observation = _current.get()
        return self._tracing.call(method, endpoint, observation.span if observation else None)

    def _end_span(self, span: Any, request: AnsweredRequest, status: int) -> dict[str, str]:
        """End the request's span, where it has one; return what names its trace in the log."""
        if not (span and self._tracing):
            return {}
        return self._tracing.end(span, _shown(request.method), request.route, status, request.code)


def _shown(method: str) -> str:
    return method if method in METHODS else OTHER
