"""Whether traces are wanted, said by OpenTelemetry's own environment variables.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec

_EXPORTERS = ("otlp", "console", "none")
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_NEEDED = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http.trace_exporter")


def has_extra() -> bool:
    """Tell whether the packages of the extra `otel` are installed."""
    try:
        return all(find_spec(name) for name in _NEEDED)
    except ModuleNotFoundError:
        return False


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


def _given(environ: Mapping[str, str], *names: str) -> tuple[str, str]:
    """Return the first variable that says something, and what it says."""
    for name in names:
        if text := environ.get(name, "").strip():
            return name, text
    return names[-1], ""
