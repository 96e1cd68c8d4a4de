"""Whether traces are wanted: OpenTelemetry's own variables, and a remedy for each bad wish."""

from __future__ import annotations

import pytest

from service.observability import open_tracing
from service.settings import ConfigurationError, Settings, read_trace_exporter
from service.settings.otel import has_extra, wanted_exporter
from tests.running import gateway_env

URL = "http://collector:4318"
ENDPOINT, TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
EXPORTER, DISABLED = "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"
PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"


@pytest.mark.parametrize(
    ("environ", "exporter"),
    [
        ({}, None),
        ({ENDPOINT: ""}, None),
        ({ENDPOINT: URL}, "otlp"),
        ({TRACES_ENDPOINT: f"{URL}/v1/traces"}, "otlp"),
        ({EXPORTER: "otlp"}, "otlp"),
        ({EXPORTER: "console"}, "console"),
        ({EXPORTER: "console", ENDPOINT: URL}, "console"),
        ({EXPORTER: "none", ENDPOINT: URL}, None),
        ({DISABLED: "true", ENDPOINT: URL}, None),
        ({DISABLED: "TRUE", EXPORTER: "console"}, None),
        ({DISABLED: "false", ENDPOINT: URL}, "otlp"),
        ({ENDPOINT: URL, PROTOCOL: "http/protobuf"}, "otlp"),
        ({PROTOCOL: "grpc"}, None),
        ({"OTEL_BSP_SCHEDULE_DELAY": "soon"}, None),
        ({EXPORTER: "console", "OTEL_BSP_SCHEDULE_DELAY": " 500 "}, "console"),
        ({EXPORTER: "console", "OTEL_BSP_MAX_QUEUE_SIZE": ""}, "console"),
        ({EXPORTER: "console", "OTEL_SPAN_EVENT_COUNT_LIMIT": "0"}, "console"),
        ({EXPORTER: "otlp", "OTEL_EXPORTER_OTLP_HEADERS": "a=Bearer x, b=%20"}, "otlp"),
        ({EXPORTER: "console", "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel, os"}, "console"),
        ({EXPORTER: "otlp", "OTEL_EXPORTER_OTLP_TIMEOUT": "2.5"}, "otlp"),
        ({EXPORTER: "otlp", "OTEL_EXPORTER_OTLP_COMPRESSION": "GZIP"}, "otlp"),
        ({EXPORTER: "console", "OTEL_TRACES_SAMPLER": "parentbased_always_off"}, "console"),
        ({EXPORTER: "console", "OTEL_TRACES_SAMPLER_ARG": "any"}, "console"),
        (
            {
                EXPORTER: "console",
                "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
                "OTEL_TRACES_SAMPLER_ARG": "0.25",
            },
            "console",
        ),
    ],
)
def test_traces_are_on_where_they_are_asked_for(
    environ: dict[str, str], exporter: str | None
) -> None:
    assert wanted_exporter(environ, installed=lambda: True) == exporter


@pytest.mark.parametrize(
    ("environ", "variable", "remedy"),
    [
        ({ENDPOINT: URL}, ENDPOINT, "pip install 'callback-gateway[otel]'"),
        ({TRACES_ENDPOINT: URL}, TRACES_ENDPOINT, "pip install 'callback-gateway[otel]'"),
        ({EXPORTER: "console"}, EXPORTER, "pip install 'callback-gateway[otel]'"),
        ({EXPORTER: "zipkin"}, EXPORTER, "otlp, console, none"),
    ],
)
def test_without_the_extra_a_wish_is_a_fault_with_its_remedy(
    environ: dict[str, str], variable: str, remedy: str
) -> None:
    with pytest.raises(ValueError, match=variable) as raised:
        wanted_exporter(environ, installed=lambda: False)
    assert str(raised.value).startswith(f"{variable}: ")
    assert remedy in str(raised.value)


def test_without_the_extra_no_wish_is_no_fault() -> None:
    assert wanted_exporter({}, installed=lambda: False) is None
    assert open_tracing(None, URL) is None


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({ENDPOINT: URL, PROTOCOL: "grpc"}, PROTOCOL),
        ({ENDPOINT: URL, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, "TRACES_PROTOCOL"),
        ({ENDPOINT: "collector:4317"}, ENDPOINT),
        ({EXPORTER: "jaeger", ENDPOINT: URL}, EXPORTER),
        *(
            ({EXPORTER: "console", variable: value}, variable)
            for variable, value in (
                ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
                ("OTEL_BSP_SCHEDULE_DELAY", "-50"),
                ("OTEL_BSP_EXPORT_TIMEOUT", "30s"),
                ("OTEL_BSP_MAX_QUEUE_SIZE", "00"),
                ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1e3"),
                ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2049"),
                ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many"),
                ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-11"),
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
                ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "brotli"),
                ("OTEL_TRACES_SAMPLER", "sometimes"),
                ("OTEL_EXPORTER_OTLP_HEADERS", "Bearer secret"),
                ("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "otel,nobody"),
            )
        ),
        (
            {
                EXPORTER: "console",
                "OTEL_TRACES_SAMPLER": "traceidratio",
                "OTEL_TRACES_SAMPLER_ARG": "150%",
            },
            "OTEL_TRACES_SAMPLER_ARG",
        ),
    ],
)
def test_what_cannot_be_done_is_a_fault_that_does_not_quote_it(
    environ: dict[str, str], variable: str
) -> None:
    with pytest.raises(ValueError, match=variable) as raised:
        wanted_exporter(environ, installed=lambda: True)
    assert not [value for value in environ.values() if value in str(raised.value)]


def test_it_is_told_with_the_other_faults_of_a_server_and_of_no_other_command() -> None:
    environ = gateway_env("https://fonolo.example/3.0/", PORT="x", OTEL_TRACES_EXPORTER="zipkin")
    with pytest.raises(ConfigurationError) as raised:
        Settings.read(environ)
    assert [fault.partition(":")[0] for fault in raised.value.faults] == ["PORT", EXPORTER]
    assert Settings.read({**environ, "PORT": "8123"}, serving=False).port == 8123


def test_the_extra_is_seen_where_it_is_installed() -> None:
    assert has_extra()


def test_what_is_blank_is_taken_out_for_who_reads_the_environment_next() -> None:
    environ = {EXPORTER: "console", "OTEL_BSP_SCHEDULE_DELAY": " ", ENDPOINT: "", "OTHER": ""}
    assert read_trace_exporter(environ) == "console"
    assert environ == {EXPORTER: "console", "OTHER": ""}
