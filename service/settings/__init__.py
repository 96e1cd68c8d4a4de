"""Settings: read once from the environment, every fault told at once."""

from service.settings.settings import (
    SEVERAL_WORKERS,
    ConfigurationError,
    Settings,
    ignored_proxies,
    read_trace_exporter,
)

__all__ = [
    "SEVERAL_WORKERS",
    "ConfigurationError",
    "Settings",
    "ignored_proxies",
    "read_trace_exporter",
]
