"""Tracing: what is sent to a real collector, and what is passed on to Fonolo; nothing when off."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import running
from tests.collector import CLIENT, SERVER, Collector, Mirror, collector, mirror
from tests.running import Gateway, Process, Simulator

STARTS = "/v1/profiles/default/callbacks"
START_ROUTE = "/v1/profiles/<alias>/callbacks"
PARENT = "00f067aa0ba902b7"
#: Nothing listens there.
NOWHERE = "http://127.0.0.1:1"


def traceparent(trace_id: str, *, sampled: bool = True) -> dict[str, str]:
    return {"traceparent": f"00-{trace_id}-{PARENT}-0{sampled:d}"}


@dataclass
class Traced:
    """A gateway that is traced, between a collector and a mirror before the simulator."""

    gateway: Gateway
    collector: Collector
    mirror: Mirror

    def log_of(self, trace_id: str) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(self.gateway.process.wait_for(f'.*"{trace_id}".*')[0])
        return line


@pytest.fixture(scope="module")
def traced(module_simulator: Simulator) -> Iterator[Traced]:
    with ExitStack() as stack:
        collected = stack.enter_context(collector())
        seen = stack.enter_context(mirror(module_simulator.origin))
        settings = {**collected.settings, "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test"}
        gateway = stack.enter_context(running.gateway(seen.base_url, **settings))
        yield Traced(gateway, collected, seen)


def test_a_request_and_its_calls_to_fonolo_are_spans_of_the_callers_trace(traced: Traced) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    number = {"number": "14163662500"}
    traced.gateway.post(STARTS, json=number, headers=traceparent(trace_id))

    spans = traced.collector.trace(trace_id)
    (request,) = [span for span in spans if span.kind == SERVER]
    calls = {span.name: span for span in spans if span.kind == CLIENT}

    assert request.name == f"POST {START_ROUTE}"
    assert request.parent_id == PARENT
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": START_ROUTE,
        "http.response.status_code": 201,
    }
    assert set(calls) == {"GET profile", "GET options", "GET questions", "POST callback"}
    assert {span.parent_id for span in calls.values()} == {request.id}
    port = int(traced.mirror.base_url.split(":")[2].split("/")[0])
    assert calls["POST callback"].attributes == {
        "http.request.method": "POST",
        "fonolo.endpoint": "callback",
        "fonolo.outcome": "ok",
        "server.address": "127.0.0.1",
        "server.port": port,
    }
    assert not any(span.failed for span in spans)


def test_the_context_is_passed_on_to_fonolo_and_nothing_else_of_the_callers(
    traced: Traced,
) -> None:
    trace_id = "5bf92f3577b34da6a3ce929d0e0e4736"
    private = {"tracestate": "vendor=4163662501", "baggage": "number=4163662501"}
    body = {"number": "14163662501"}
    traced.gateway.post(STARTS, json=body, headers={**traceparent(trace_id), **private})

    (call,) = [span for span in traced.collector.trace(trace_id) if span.name == "POST callback"]
    (headers,) = [
        headers
        for path, headers in traced.mirror.seen
        if path.endswith("/callback.json") and trace_id in headers.get("traceparent", "")
    ]
    assert headers["traceparent"] == f"00-{trace_id}-{call.id}-01"
    assert not {"tracestate", "baggage"} & headers.keys()
    assert not [batch for batch in traced.collector.raw if b"4163662501" in batch]


def test_a_log_line_names_its_trace(traced: Traced) -> None:
    trace_id = "6bf92f3577b34da6a3ce929d0e0e4736"
    traced.gateway.get("/v1/profiles/default", headers=traceparent(trace_id))
    assert traced.log_of(trace_id)["route"] == "/v1/profiles/<alias>"


def test_a_caller_that_is_not_sampled_is_not_recorded_but_passed_on(traced: Traced) -> None:
    unsampled, sampled = "7bf92f3577b34da6a3ce929d0e0e4736", "8bf92f3577b34da6a3ce929d0e0e4736"
    for trace_id, number in ((unsampled, "14163662502"), (sampled, "14163662503")):
        headers = traceparent(trace_id, sampled=trace_id == sampled)
        traced.gateway.post(STARTS, json={"number": number}, headers=headers)
    traced.collector.trace(sampled)
    assert not [span for span in traced.collector.spans if span.trace_id == unsampled]
    passed_on = [headers.get("traceparent", "") for _, headers in traced.mirror.seen]
    assert [each for each in passed_on if each.startswith(f"00-{unsampled}-") and each[-2:] == "00"]


def test_a_failure_is_marked_with_its_code_and_a_refusal_is_not(
    traced: Traced, simulator: Simulator
) -> None:
    failing, refused = "9bf92f3577b34da6a3ce929d0e0e4736", "abf92f3577b34da6a3ce929d0e0e4736"
    simulator.fault("callback", mode="html")
    traced.gateway.post(STARTS, json={"number": "14163662504"}, headers=traceparent(failing))
    simulator.heal()
    traced.gateway.post(STARTS, json={"number": "1"}, headers=traceparent(refused))

    request, call = sorted(traced.collector.trace(failing), key=lambda span: -span.kind)[::-1]
    assert request.failed
    assert request.attributes["error.type"] == "outcome_unknown"
    assert request.attributes["http.response.status_code"] == 504
    assert call.failed
    assert call.attributes["error.type"] == call.attributes["fonolo.outcome"] == "Unintelligible"
    (request,) = traced.collector.trace(refused)
    assert not request.failed
    assert request.attributes["callback_gateway.code"] == "validation_failed"


def test_a_path_that_is_no_route_and_a_method_that_is_none_are_not_quoted(traced: Traced) -> None:
    trace_id = "bbf92f3577b34da6a3ce929d0e0e4736"
    url = f"{traced.gateway.origin}/4163662505?number=4163662505"
    traced.gateway.session.request("4163662505", url, headers=traceparent(trace_id), timeout=10)
    (request,) = traced.collector.trace(trace_id)
    assert request.name == "_OTHER"
    assert "http.route" not in request.attributes
    assert not [batch for batch in traced.collector.raw if b"4163662505" in batch]


def test_probes_are_no_part_of_any_trace(traced: Traced) -> None:
    trace_id = "cbf92f3577b34da6a3ce929d0e0e4736"
    for path in ("/healthz", "/readyz", "/v1/profiles/default"):
        traced.gateway.get(path, headers=traceparent(trace_id))
    spans = [span for span in traced.collector.trace(trace_id) if span.kind == SERVER]
    assert [span.attributes["http.route"] for span in spans] == ["/v1/profiles/<alias>"]


def test_the_service_is_named_with_its_version_and_as_the_environment_says(traced: Traced) -> None:
    traced.gateway.get("/v1/profiles/default")
    resource = traced.collector.wait_for(lambda span: span.kind == SERVER).resource
    assert resource["service.name"] == "callback-gateway"
    assert resource["service.version"]
    assert resource["deployment.environment"] == "test"


def test_what_is_left_is_sent_when_the_workers_end(simulator: Simulator) -> None:
    with collector() as collected, running.redis_server() as (url, _):
        settings = {
            **collected.settings,
            "OTEL_BSP_SCHEDULE_DELAY": "600000",
            "OTEL_SERVICE_NAME": "callbacks-of-the-shop",
            "WEB_CONCURRENCY": "2",
            "REDIS_URL": url,
        }
        with running.gateway(simulator, **settings) as gateway:
            for _ in range(20):  # a new connection each: both workers take some
                requests.get(f"{gateway.origin}/v1/profiles/default", timeout=10)
            assert not collected.spans
            gateway.process.signal(signal.SIGTERM)
            assert gateway.process.wait() == 0
        assert len([span for span in collected.spans if span.kind == SERVER]) == 20
        assert {span.resource["service.name"] for span in collected.spans} == {
            "callbacks-of-the-shop"
        }


def test_any_server_of_the_application_sends_them_too(simulator: Simulator) -> None:
    with collector() as collected:
        env = running.gateway_env(simulator.base_url, **collected.settings)
        bind = f"127.0.0.1:{env['PORT']}"
        process = Process(["gunicorn", "--bind", bind, "service:create_app()"], env)
        try:
            process.wait_for("Booting worker")
            requests.get(f"http://{bind}/v1/profiles/default", timeout=10)
        finally:
            process.stop()
        assert {span.name for span in collected.spans} >= {
            "GET /v1/profiles/<alias>",
            "GET profile",
        }


def test_a_collector_that_is_away_costs_callers_nothing_and_is_told(simulator: Simulator) -> None:
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": NOWHERE, "OTEL_BSP_SCHEDULE_DELAY": "20"}
    with running.gateway(simulator, **settings) as gateway:
        assert gateway.post(STARTS, json={"number": "14163662506"}).status_code == 201
        gateway.process.wait_for("exporting spans? batch")
        gateway.process.signal(signal.SIGTERM)
        assert gateway.process.wait() == 0


def test_spans_can_be_printed(simulator: Simulator) -> None:
    with running.gateway(simulator, OTEL_TRACES_EXPORTER="console") as gateway:
        gateway.get("/v1/profiles/default")
    assert any('"name": "GET profile"' in line for line in gateway.process.lines)


@pytest.mark.parametrize(
    "off",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": NOWHERE, "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": NOWHERE, "OTEL_TRACES_EXPORTER": "none"},
    ],
    ids=["unset", "disabled", "none"],
)
def test_without_traces_nothing_is_passed_on_or_named(
    simulator: Simulator, off: dict[str, str]
) -> None:
    with mirror(simulator.origin) as seen, running.gateway(seen.base_url, **off) as gateway:
        gateway.get("/v1/profiles/default", headers=traceparent("d" * 32))
        gateway.process.wait_for('"route": "/v1/profiles')
    assert seen.seen
    assert not [headers for _, headers in seen.seen if "traceparent" in headers]
    assert not [line for line in gateway.process.lines if "trace" in line]


def test_without_the_extra_an_endpoint_is_a_fault_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry").mkdir()
    (tmp_path / "opentelemetry" / "__init__.py").touch()  # stands before the one installed
    env = running.gateway_env(
        "http://127.0.0.1:9/3.0/",
        PYTHONPATH=str(tmp_path),
        OTEL_EXPORTER_OTLP_ENDPOINT=NOWHERE,
    )
    process = Process(["callback-gateway", "serve"], env)
    code = process.wait()
    process.stop()
    assert code == 2
    assert process.lines == [
        "OTEL_EXPORTER_OTLP_ENDPOINT: traces need an extra; "
        "pip install 'callback-gateway[otel]', or unset it"
    ]
