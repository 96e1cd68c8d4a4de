"""The composition root: what it puts together, and what it leaves alone."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

REQUIRED = {
    "FONOLO_ACCOUNT_SID": "AC" + "0" * 32,
    "FONOLO_AUTH_TOKEN": "0" * 64,
    "CALLBACK_PROFILES": "CP" + "0" * 32,
    "HANDLE_SECRET": "only-for-tests-only-for-tests-only",
}
_PROGRAM = """
import json, os, sys
from service.app import create_app
from service.settings import Settings
create_app(Settings.read(os.environ))
print(json.dumps([*sys.modules]))
"""
#: A package that takes its time and memory, and the setting that asks for it.
ASKED_FOR = {
    "cryptography": {"IDENTITY_SECRET": "only-for-tests-only-for-tests-only"},
    "redis": {"REDIS_URL": "redis://127.0.0.1:1"},
    "opentelemetry": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
}


def loaded(**settings: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=REQUIRED | settings,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_what_no_setting_asks_for_is_not_loaded() -> None:
    assert not loaded() & set(ASKED_FOR)


@pytest.mark.parametrize("package", ASKED_FOR)
def test_what_a_setting_asks_for_is_loaded_before_the_first_request(package: str) -> None:
    assert package in loaded(**ASKED_FOR[package])
