"""OpenTelemetry traces: a span for each request, one for each call to Fonolo within it.

Import this only where traces are on: its packages are the extra `otel`. Why these few lines, and
not OpenTelemetry's own for Flask and requests: docs/decisions/0008-traces.md.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib.metadata import version
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

NAME = "callback-gateway"
#: How long a worker that ends may take to send what is left, in seconds.
FLUSH = 3.0


class CallSpan:
    """The span of a call to Fonolo: `headers` to send along, `end` with its outcome."""

    def __init__(self, span: Span, headers: Mapping[str, str]) -> None:
        self.headers = headers
        self._span = span

    def end(self, outcome: str) -> None:
        """End the span; `outcome` is `ok` or the error's class name."""
        self._span.set_attribute("fonolo.outcome", outcome)
        if outcome != "ok":
            _fail(self._span, outcome)
        self._span.end()


class Tracing:
    """Begin and end spans, with nothing personal in them: no address, URL, handle or SID.

    `upstream_url` is the base URL of Fonolo's API. Of the W3C context only `traceparent` is taken
    and passed on; `tracestate` and `baggage` could hold whatever a caller writes there.
    """

    def __init__(
        self, provider: TracerProvider, exporter: SpanExporter, upstream_url: str = ""
    ) -> None:
        self._provider = provider
        self._exporter = exporter
        self._tracer = provider.get_tracer(NAME, version(NAME))
        self._w3c = TraceContextTextMapPropagator()
        at = urlsplit(upstream_url)
        self._upstream: dict[str, str | int] = {"server.address": at.hostname or ""}
        if at.port:
            self._upstream["server.port"] = at.port

    def begin(self, method: str, traceparent: str | None) -> Span:
        """Begin a request's span, within the trace that the caller names."""
        return self._tracer.start_span(
            method,
            self._w3c.extract({"traceparent": traceparent} if traceparent else {}),
            SpanKind.SERVER,
            {"http.request.method": method},
        )

    def end(
        self, span: Span, method: str, route: str | None, status: int, code: str | None
    ) -> dict[str, str]:
        """Name a request's span by its route, and end it; return its trace's id for the log."""
        if route:
            span.update_name(f"{method} {route}")
            span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if code:
            span.set_attribute("callback_gateway.code", code)
        if status >= 500:
            _fail(span, code or str(status))
        span.end()
        return {"trace_id": f"{span.get_span_context().trace_id:032x}"}

    def call(self, method: str, endpoint: str, request_span: Span | None) -> CallSpan:
        """Begin the span of a call to Fonolo, within a request's span where there is one."""
        span = self._tracer.start_span(
            f"{method} {endpoint}",
            set_span_in_context(request_span, Context()) if request_span else Context(),
            SpanKind.CLIENT,
            {"http.request.method": method, "fonolo.endpoint": endpoint, **self._upstream},
        )
        headers: dict[str, str] = {}
        self._w3c.inject(headers, set_span_in_context(span, Context()))
        return CallSpan(span, headers)

    def close(self) -> None:
        """Send what is left, for at most `FLUSH` seconds."""
        too_late = threading.Timer(FLUSH, self._exporter.shutdown)
        too_late.start()
        try:
            self._provider.shutdown()
        finally:
            too_late.cancel()


def open_tracing(exporter: str, upstream_url: str) -> Tracing:
    """Return tracing that sends spans to `exporter`, `otlp` or `console`, in a thread of its own.

    A thread does not outlive a fork: this is for the workers. The SDK reads OpenTelemetry's other
    variables (service name, sampler, headers, batches) itself.
    """
    sender: SpanExporter = ConsoleSpanExporter()
    if exporter == "otlp":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        sender = OTLPSpanExporter()
    provider = TracerProvider(resource=_resource())
    provider.add_span_processor(BatchSpanProcessor(sender))
    return Tracing(provider, sender, upstream_url)


def _resource() -> Resource:
    """Describe this service, as far as OTEL_SERVICE_NAME and the like leave it open."""
    resource = Resource({"service.version": version(NAME)}).merge(Resource.create())
    if str(resource.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": NAME}))
    return resource


def _fail(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
