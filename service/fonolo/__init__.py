"""A Python client for Fonolo API 3.0; knows nothing of the gateway around it.

Source: "Fonolo API", version 3.0. Words and names here are the document's.
"""

import logging

from service.fonolo.client import BASE_URL, FonoloClient
from service.fonolo.errors import (
    FonoloError,
    Refused,
    TimedOut,
    Unintelligible,
    Unknown,
    Unreachable,
)
from service.fonolo.requester import Observer, Span, Tracer
from service.fonolo.wire import check_sid

__all__ = [
    "BASE_URL",
    "FonoloClient",
    "FonoloError",
    "Observer",
    "Refused",
    "Span",
    "TimedOut",
    "Tracer",
    "Unintelligible",
    "Unknown",
    "Unreachable",
    "check_sid",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())  # who embeds it says where to log
