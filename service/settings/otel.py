"""Whether traces are wanted, said by OpenTelemetry's own environment variables.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from importlib.util import find_spec

_EXPORTERS = ("otlp", "console", "none")
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_WHOLE, _SECONDS = r"0*[1-9][0-9]{0,8}", r"[0-9]{1,6}(\.[0-9]+)?"
_SAMPLERS = r"(parentbased_)?(always_on|always_off|traceidratio)"
_HEADER = r"\s*[!#$%&'*+.^_`|~0-9a-z-]+\s*=[^,\x00-\x08\x0a-\x1f]*"
_DETECTOR = r"\s*(otel|process|os|host|service_instance|\*)\s*"
#: What the SDK reads itself, what it takes there, and that in words: from anything else it would
#: make a traceback, or silently something else, in each worker.
_FORMS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_EXPORT_TIMEOUT",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        ),
        (_WHOLE, "a whole number above 0"),
    ),
    **dict.fromkeys(
        (
            "OTEL_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            "OTEL_SPAN_EVENT_COUNT_LIMIT",
            "OTEL_SPAN_LINK_COUNT_LIMIT",
            "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
        ),
        (r"[0-9]{1,9}", "a whole number"),
    ),
    **dict.fromkeys(
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"),
        (_SECONDS, "seconds such as 10"),
    ),
    **dict.fromkeys(
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION"),
        (r"none|gzip|deflate", "one of none, gzip, deflate"),
    ),
    **dict.fromkeys(
        ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"),
        (rf"{_HEADER}(,{_HEADER})*,?", "name=value, separated by commas,"),
    ),
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": (
        rf"{_DETECTOR}(,{_DETECTOR})*",
        "otel, process, os, host or service_instance, separated by commas,",
    ),
    "OTEL_TRACES_SAMPLER": (
        _SAMPLERS,
        "one of always_on, always_off, traceidratio, alone or after parentbased_,",
    ),
}
_RATIO = r"0*(0(\.[0-9]*)?|1(\.0*)?|\.[0-9]+)"
_NEEDED = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http.trace_exporter")


def has_extra() -> bool:
    """Tell whether the packages of the extra `otel` are installed."""
    try:
        return all(find_spec(name) for name in _NEEDED)
    except ModuleNotFoundError:
        return False


def drop_blank(environ: MutableMapping[str, str]) -> None:
    """Take out the variables that say nothing: the SDK reads the environment itself, and would
    take them for bad ones.
    """
    for name in [name for name, text in environ.items() if not text.strip()]:
        if name.startswith("OTEL_"):
            del environ[name]


def wanted_exporter(
    environ: Mapping[str, str], installed: Callable[[], bool] = has_extra
) -> str | None:
    """Return where spans go, `otlp` or `console`; None: there are no traces.

    Raise `ValueError` with a line that names the variable and the remedy.
    """
    if _given(environ, "OTEL_SDK_DISABLED")[1].lower() == "true":
        return None
    endpoint, url = _given(environ, *_ENDPOINTS)
    variable, exporter = _given(environ, "OTEL_TRACES_EXPORTER")
    if exporter not in ("", *_EXPORTERS):
        raise ValueError(f"{variable}: one of {', '.join(_EXPORTERS)} is wanted")
    if not exporter:
        variable, exporter = endpoint, "otlp" if url else "none"
    if exporter == "none":
        return None
    if not installed():
        raise ValueError(
            f"{variable}: traces need an extra; pip install 'callback-gateway[otel]', or unset it"
        )
    if exporter == "otlp":
        _check_otlp(environ, endpoint, url)
    _check_forms(environ)
    return exporter


def _check_otlp(environ: Mapping[str, str], endpoint: str, url: str) -> None:
    variable, protocol = _given(environ, *_PROTOCOLS)
    if protocol not in ("", "http/protobuf"):
        raise ValueError(
            f"{variable}: only http/protobuf is spoken; unset it and name the collector's port "
            "for HTTP, mostly 4318"
        )
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(f"{endpoint}: an http:// or https:// URL is wanted")


def _check_forms(environ: Mapping[str, str]) -> None:
    forms = dict(_FORMS)
    if "ratio" in _given(environ, "OTEL_TRACES_SAMPLER")[1].lower():
        forms["OTEL_TRACES_SAMPLER_ARG"] = (_RATIO, "a ratio from 0 to 1")
    for variable, (form, wanted) in forms.items():
        value = _given(environ, variable)[1]
        if value and not re.fullmatch(form, value, re.ASCII | re.IGNORECASE):
            raise ValueError(f"{variable}: {wanted} is wanted")
    batch, queue = (
        int(_given(environ, f"OTEL_BSP_MAX_{name}_SIZE")[1] or default)
        for name, default in (("EXPORT_BATCH", 512), ("QUEUE", 2048))
    )
    if batch > queue:
        raise ValueError(
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: at most OTEL_BSP_MAX_QUEUE_SIZE is wanted"
        )


def _given(environ: Mapping[str, str], *names: str) -> tuple[str, str]:
    """Return the first variable that says something, and what it says."""
    for name in names:
        if text := environ.get(name, "").strip():
            return name, text
    return names[-1], ""
