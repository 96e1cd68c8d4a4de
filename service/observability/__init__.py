"""Logs, metrics, traces: what the gateway does, and never a number, an answer, a key or a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.observability.tracing import Tracing


def open_tracing(exporter: str | None, upstream_url: str) -> Tracing | None:
    """Return tracing to an exporter; None: none is wanted. `upstream_url` is Fonolo's base URL."""
    if exporter is None:
        return None
    from service.observability import tracing  # its packages are an extra

    return tracing.open_tracing(exporter, upstream_url)
