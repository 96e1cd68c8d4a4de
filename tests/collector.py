"""What stands around a gateway that is traced: an OTLP collector, and a mirror before Fonolo."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

SERVER, CLIENT = Message.SPAN_KIND_SERVER, Message.SPAN_KIND_CLIENT


@dataclass(frozen=True)
class Span:
    """A span as it was sent; ids are hexadecimal digits."""

    name: str
    kind: int
    trace_id: str
    id: str
    parent_id: str
    failed: bool
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]


class Collector:
    """A collector that keeps what it gets: `spans` as sent, `raw` the bytes of each batch."""

    def __init__(self) -> None:
        self.url = ""
        self.raw: list[bytes] = []
        self.spans: list[Span] = []
        self._news = threading.Condition()

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a gateway that sends its spans here, soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "20"}

    def receive(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces", path
        with self._news:
            self.raw.append(body)
            self.spans += _spans(ExportTraceServiceRequest.FromString(body))
            self._news.notify_all()

    def wait_for(self, is_it: Callable[[Span], bool]) -> Span:
        """Return the first span of that kind, once it is there."""
        with self._news:
            assert self._news.wait_for(lambda: any(map(is_it, self.spans)), 20), self.spans
            return next(filter(is_it, self.spans))

    def trace(self, trace_id: str) -> list[Span]:
        """Return the spans of a trace, once the request's own, which ends last, is there."""
        self.wait_for(lambda span: span.trace_id == trace_id and span.kind == SERVER)
        return [span for span in self.spans if span.trace_id == trace_id]


def _spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for each in request.resource_spans:
        for scope in each.scope_spans:
            for span in scope.spans:
                yield Span(
                    span.name,
                    span.kind,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.status.code == span.status.STATUS_CODE_ERROR,
                    _attributes(span.attributes),
                    _attributes(each.resource.attributes),
                )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in pairs}


@contextmanager
def collector() -> Iterator[Collector]:
    """Run a collector on a free port."""
    collected = Collector()

    def receive(handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, str]:
        collected.receive(handler.path, body)
        return 200, b"", "application/x-protobuf"

    with _server(receive) as collected.url:
        yield collected


@dataclass
class Mirror:
    """A way to the simulator that keeps the headers of all that pass: (path, headers)."""

    base_url: str = ""
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def mirror(upstream: str) -> Iterator[Mirror]:
    """Pass everything on to the simulator at `upstream`, its origin."""
    collected = Mirror()
    session = requests.Session()

    def receive(handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, str]:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        collected.seen.append((handler.path, headers))
        answer = session.request(
            handler.command,
            upstream + handler.path,
            data=body,
            headers={
                name: headers[name] for name in ("authorization", "content-type") & headers.keys()
            },
            timeout=30,
        )
        return answer.status_code, answer.content, answer.headers.get("Content-Type", "")

    with _server(receive) as origin, session:
        collected.base_url = f"{origin}/3.0/"
        yield collected


Take = Callable[[BaseHTTPRequestHandler, bytes], tuple[int, bytes, str]]


@contextmanager
def _server(receive: Take) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, content, content_type = receive(self, body)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 - so it is called

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
