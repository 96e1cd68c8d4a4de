"""Variables that set nothing are told, with what was meant."""

from __future__ import annotations

import dataclasses

import pytest

from service.settings import Settings, without_effect
from tests.unit.service.settings.test_settings import REQUIRED

SITE = {"CAPTCHA_SITE_KEY": "public", "CAPTCHA_SECRET_FILE": "/run/secrets/captcha"}


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({}, []),
        ({"https_proxy": "http://proxy"}, ["https_proxy counts for nothing; set EGRESS_PROXY"]),
        (
            SITE,
            [
                "CAPTCHA_SITE_KEY counts for nothing without CAPTCHA_PROVIDER",
                "CAPTCHA_SECRET counts for nothing without CAPTCHA_PROVIDER",
            ],
        ),
        (SITE | {"CAPTCHA_PROVIDER": "turnstile"}, []),
        (
            {"REDIS_TIMEOUT": "1", "REDIS_URL": ""},
            ["REDIS_TIMEOUT counts for nothing without REDIS_URL"],
        ),
        ({"REDIS_TIMEOUT": "1", "REDIS_URL_FILE": "/run/secrets/redis"}, []),
        ({"LIMIT_STRAT": "1/day"}, ["LIMIT_STRAT is no setting; LIMIT_START is one"]),
        ({"REDIS_URI": "redis://redis"}, ["REDIS_URI is no setting; REDIS_URL is one"]),
        ({"CORS_ORIGIN": "*"}, ["CORS_ORIGIN is no setting; CORS_ORIGINS is one"]),
        (
            {"HANDLE_SECRETS_FILE": "/run/secrets/handle"},
            ["HANDLE_SECRETS_FILE is no setting; HANDLE_SECRET_FILE is one"],
        ),
        # what Kubernetes and others put there
        (
            {
                "REDIS_PORT": "tcp://10.0.0.1:6379",
                "REDIS_SERVICE_HOST": "10.0.0.1",
                "FONOLO_SIMULATOR_PORT": "tcp://10.0.0.2:9000",
                "CALLBACK_GATEWAY_SERVICE_PORT_METRICS": "9090",
                "PATH": "/bin",
                "OTEL_TRACES_EXPORTER": "otlp",
            },
            [],
        ),
    ],
)
def test_each_is_told(given: dict[str, str], lines: list[str]) -> None:
    assert without_effect(REQUIRED | given) == lines


def test_no_setting_is_taken_for_another() -> None:
    names = [field.name.upper() for field in dataclasses.fields(Settings)]
    everything = dict.fromkeys(names, "x")
    assert without_effect(everything | {f"{name}_FILE": "x" for name in names}) == []
