"""Settings: read once from the environment, every fault told at once."""

from service.settings.conflicts import SEVERAL_WORKERS
from service.settings.settings import ConfigurationError, Settings, read_trace_exporter
from service.settings.without_effect import without_effect

__all__ = [
    "SEVERAL_WORKERS",
    "ConfigurationError",
    "Settings",
    "read_trace_exporter",
    "without_effect",
]
