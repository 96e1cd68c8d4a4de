"""Every setting ⇔ the public contract, which is written down here ⇔ the documentation."""

from __future__ import annotations

import dataclasses

import pytest
import yaml

from service.settings import Settings
from tests.contract.description import ROOT

#: The contract: the environment variables, with their defaults; None: there is none.
SETTINGS: dict[str, str | None] = {
    "PORT": "8000",
    "METRICS_PORT": "9090",
    "WEB_CONCURRENCY": "1",
    "BIND": "[::]",
    "BASE_PATH": None,
    "FONOLO_ACCOUNT_SID": None,
    "FONOLO_AUTH_TOKEN": None,
    "FONOLO_BASE_URL": "https://api.fonolo.com/3.0/",
    "FONOLO_ALLOW_HTTP": "false",
    "FONOLO_TIMEZONE": "UTC",
    "CENTRE_TIMEZONE": None,
    "FONOLO_TIMEOUT": "3.05,10",
    "EGRESS_PROXY": None,
    "EGRESS_CA": None,
    "CALLBACK_PROFILES": None,
    "HANDLE_SECRET": None,
    "HANDLE_TTL": "604800",
    "REDIS_URL": None,
    "REDIS_TIMEOUT": "0.05",
    "STORE_SECRET": None,
    "LIMIT_START": "5/minute;30/hour",
    "LIMIT_READ": "120/minute",
    "LIMIT_STATUS": "60/minute",
    "LIMIT_NUMBER": "3/10 minutes;10/day",
    "LIMIT_PREFIX": "none",
    "LIMIT_START_GLOBAL": "600/hour",
    "STARTS": "on",
    "TRUSTED_PROXIES": None,
    "CORS_ORIGINS": None,
    "NUMBER_POLICY": "possible",
    "NUMBER_COUNTRIES": "default",
    "NUMBERS_BLOCKED": None,
    "NUMBER_BLOCKED_TYPES": "premium_rate,shared_cost,personal_number,pager",
    "QUESTION_TYPES": "numeric_input,text_input,recorded_message",
    "CACHE_PROFILE_TTL": "60",
    "CACHE_SLOTS_TTL": "5",
    "CACHE_STALE": "3600",
    "CAPTCHA_PROVIDER": None,
    "CAPTCHA_MODE": "always",
    "CAPTCHA_SITE_KEY": None,
    "CAPTCHA_SECRET": None,
    "CAPTCHA_VERIFY_URL": None,
    "IDENTITY_SECRET": None,
    "IDENTITY_JWKS": None,
    "IDENTITY_MODE": "optional",
    "PUBLIC_PAGE": "on",
    "WAIT_ESTIMATE": "on",
    "DUPLICATE_WINDOW": "30",
    "IDEMPOTENCY_TTL": "86400",
    "LOG_LEVEL": "info",
    "LOG_FORMAT": "json",
}
#: What holds a secret never shows itself.
SECRETS = {
    "FONOLO_AUTH_TOKEN",
    "HANDLE_SECRET",
    "REDIS_URL",
    "STORE_SECRET",
    "CAPTCHA_SECRET",
    "EGRESS_PROXY",
    "IDENTITY_SECRET",
}
FIELDS = {each.name.upper(): each for each in dataclasses.fields(Settings)}
each_setting = pytest.mark.parametrize("name", SETTINGS)


def test_the_code_reads_exactly_the_contracts_settings() -> None:
    assert set(FIELDS) == set(SETTINGS)


@each_setting
def test_a_setting_has_the_contracts_default(name: str) -> None:
    default = FIELDS[name].metadata["default"]
    assert (default if isinstance(default, str) and default else None) == SETTINGS[name]


@each_setting
def test_a_setting_is_documented_with_its_default(name: str) -> None:
    rows = [
        row for row in (ROOT / "README.md").read_text("utf-8").splitlines() if f"`{name}`" in row
    ]
    assert rows, f"`{name}` is not in README.md"
    default = SETTINGS[name]
    table = [row for row in rows if row.lstrip().startswith("|")]
    if default and table:
        assert any(default in row for row in table), f"{name}: {default} is in no table row"


@each_setting
def test_a_secret_is_not_shown_by_its_settings(name: str) -> None:
    assert FIELDS[name].repr == (name not in SECRETS)


def test_the_chart_gives_every_setting() -> None:
    """It may know more: a chart is installed with images of a version before and after it."""
    given = yaml.safe_load((ROOT / "helm/callback-gateway/files/settings.yaml").read_text())
    assert set(SETTINGS) <= set(given)
