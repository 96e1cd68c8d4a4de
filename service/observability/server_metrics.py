"""What the server does before and beside the application: counted as in `metrics`."""

from __future__ import annotations

from service.observability.metrics import _PREFIX, _Children

#: Why a connection is closed before its time.
REASONS = ("head", "body", "answer", "crowded", "descriptors")


class ServerMetrics:
    """The counts of one worker's connections and log lines."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter

        registry = CollectorRegistry()
        closed = Counter(
            f"{_PREFIX}_connections_closed",
            "Connections closed before their time: a head, a body or the taking of an answer that "
            "lasted too long, or room made for others (crowded, descriptors).",
            ["reason"],
            registry=registry,
        )
        self._closed = _Children(closed, [(reason,) for reason in REASONS])
        self._dropped = Counter(
            f"{_PREFIX}_log_lines_dropped",
            "Log lines that nobody read in time, or that no disk took.",
            registry=registry,
        )

    def connection_closed(self, reason: str) -> None:
        self._closed[reason,].inc()

    def log_lines_dropped(self, lines: int) -> None:
        self._dropped.inc(lines)
