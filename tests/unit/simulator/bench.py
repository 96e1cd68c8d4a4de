"""A simulator without a server: its clock is moved by hand, nothing ever waits."""

from __future__ import annotations

import json
import random
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from simulator.account import Account
from simulator.app import create_app
from simulator.scenario import load_scenario

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "0" * 64
CREDENTIALS = (ACCOUNT_SID, AUTH_TOKEN)
DOCUMENT_NOW = datetime(2017, 8, 7, 21, 5, tzinfo=UTC)
DOCUMENT_PROFILE = "CP88a839f2f6f1427879fc33ee4acf4f66"
WEB_PROFILE = "CP7d119e82f008db77bb97f9ace2d7de96"
CUSTOMER_SERVICE = "CO529c5278b2cefeabc984506e785d8cb0"
TECHNICAL_SUPPORT = "CO05a1003931828dff649e2a2e329b0ef1"
NUMBER = "14163662500"
FIXTURES = Path(__file__).parents[2] / "fixtures" / "fonolo"


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    now: datetime = DOCUMENT_NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Bench:
    """One simulator, and short words for what tests do with it."""

    app: Flask
    clock: HandClock
    waits: list[float | None] = field(default_factory=list)

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("auth", CREDENTIALS)
        return self.client.get(f"/3.0/{path}", **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("auth", CREDENTIALS)
        return self.client.post(f"/3.0/{path}", **kwargs)

    def start(self, **form: str) -> TestResponse:
        return self.post(
            "callback", data={"fc_number": NUMBER, "fc_option": CUSTOMER_SERVICE, **form}
        )

    def place(self, **form: str) -> str:
        """Start a call that must be accepted; return its SID."""
        answer = self.start(**form)
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["data"]["sid"])

    def status(self, sid: str) -> str:
        return str(self.get(f"callback/{sid}/status").get_json()["data"]["status"])

    def report(self, sid: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"call/{sid}").get_json()["data"]
        return found

    def slots(self, profile: str = DOCUMENT_PROFILE, option: str = CUSTOMER_SERVICE) -> list[str]:
        answer = self.get(f"profile/{profile}/option/{option}/schedule").get_json()
        return [each["start_time"] for each in answer["data"]["schedule"]]

    def journal(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get("/_simulator/calls").get_json()["calls"]
        return found

    def fault(self, **body: Any) -> TestResponse:
        return self.client.post("/_simulator/faults", json=body)


def make_bench(
    *, account: Account | None = None, now: datetime = DOCUMENT_NOW, **options: Any
) -> Bench:
    clock = HandClock(now)
    waits: list[float | None] = []

    def wait(seconds: float | None, client: socket.socket | None) -> None:
        waits.append(seconds)

    app = create_app(
        account or default_account(), clock=clock, wait=wait, rng=random.Random(7), **options
    )
    return Bench(app, clock, waits)


@cache
def default_account() -> Account:
    return load_scenario()


def parse_xml(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own answers


def fixture_json(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def fixture_xml(name: str) -> str:
    return (FIXTURES / f"{name}.xml").read_text(encoding="utf-8")
