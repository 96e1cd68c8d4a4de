"""Faults that more than one setting makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.settings import network_parsers

#: The fault of several processes that would each count alone.
SEVERAL_WORKERS = "WEB_CONCURRENCY: several workers need a shared store; set REDIS_URL, or 1 worker"


def conflicts(values: Mapping[str, Any], serving: bool) -> Iterator[str]:
    """Yield the faults that more than one setting makes; what could not be read has its own."""
    if values.get("port") == values.get("metrics_port") is not None:
        yield "METRICS_PORT: must differ from PORT"
    base_url = values.get("fonolo_base_url", "")
    if network_parsers.is_plain_http(base_url) and not values.get("fonolo_allow_http"):
        yield "FONOLO_BASE_URL: https is wanted; plain http needs FONOLO_ALLOW_HTTP=true"
    if serving and values.get("handle_secret") == ():
        yield "HANDLE_SECRET: required: at least 32 random characters"
    if values.get("web_concurrency", 1) > 1 and values.get("redis_url") == "":
        yield SEVERAL_WORKERS
    if 0 < len(values.get("store_secret", "")) < 32:
        yield "STORE_SECRET: at least 32 characters are wanted"
    yield from _captcha_conflicts(values)
    yield from _identity_conflicts(values)


def _captcha_conflicts(values: Mapping[str, Any]) -> Iterator[str]:
    for name in ("captcha_site_key", "captcha_secret"):
        if values.get("captcha_provider") and not values.get(name):
            yield f"{name.upper()}: required with CAPTCHA_PROVIDER"
    is_second_step = values.get("captcha_provider") and values.get("captcha_mode") == "step_up"
    if is_second_step and values.get("limit_start") == ():
        yield "CAPTCHA_MODE: step_up asks once LIMIT_START is used up; set that, or always"
    if network_parsers.is_plain_http(values.get("captcha_verify_url", "")):
        yield "CAPTCHA_VERIFY_URL: https is wanted"


def _identity_conflicts(values: Mapping[str, Any]) -> Iterator[str]:
    keys = (values.get("identity_secret"), values.get("identity_jwks"))
    if values.get("identity_mode") == "required" and keys == ((), ()):
        yield "IDENTITY_MODE: keys are needed: set IDENTITY_SECRET or IDENTITY_JWKS"
