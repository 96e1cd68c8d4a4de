"""Every fault of the simulator in the middle of a start: the right answer, the right rings."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests import running
from tests.running import WEB_PROFILE, Gateway, Simulator
from tests.unit.service.raw_server import (
    RawServer,
    Script,
    ServedRequest,
    answers,
    body,
    drips,
    head,
)

STARTS = "/v1/profiles/default/callbacks"
TIMEOUT = (0.5, 1.0)
#: A start ends within connect + read + 5 seconds; half a second for the way there and back.
LONGEST = sum(TIMEOUT) + 5 + 0.5
UNCACHED = {"CACHE_PROFILE_TTL": "0", "CACHE_SLOTS_TTL": "0", "CACHE_STALE": "0"}
_serial = itertools.count(1)

#: Faults that leave open whether the phone rings.
UNKNOWN = ["hang", "cut", "html", "truncated", "empty"]
REFUSALS = ["refuse", "refuse_200", "bare"]


@pytest.fixture(scope="module")
def uncached(module_simulator: Simulator) -> Iterator[Gateway]:
    with running.gateway(module_simulator, FONOLO_TIMEOUT="0.5,1", **UNCACHED) as gateway:
        yield gateway
        gateway.session.close()  # an idle connection makes the stop take seconds


@pytest.fixture(autouse=True)
def _closed_circuit(uncached: Gateway, simulator: Simulator) -> Iterator[None]:
    """After each test one start succeeds, so that no failures in a row add up."""
    yield
    simulator.heal()
    assert uncached.post(STARTS, json={"number": new_number()}).status_code == 201


def new_number(ending: str = "") -> str:
    """Return a number that nobody has called yet, with one of the simulator's endings."""
    return f"1416{200 + next(_serial):03d}{ending or '2500'}"


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": f"integration-key-{next(_serial)}"}


def journal(simulator: Simulator, number: str) -> list[dict[str, Any]]:
    return [call for call in simulator.calls() if call["form"].get("fc_number") == number]


def outcome(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


class TestUnknown:
    @pytest.mark.parametrize("mode", UNKNOWN)
    def test_a_fault_is_504_and_the_key_never_rings_twice(
        self, uncached: Gateway, simulator: Simulator, mode: str
    ) -> None:
        number, key = new_number(), new_key()
        simulator.fault("callback", mode=mode)
        first = uncached.post(STARTS, json={"number": number}, headers=key)
        assert outcome(first) == (504, "outcome_unknown")
        assert "Idempotency-Replayed" not in first.headers
        assert "Retry-After" not in first.headers
        simulator.heal()
        second = uncached.post(STARTS, json={"number": number}, headers=key)
        assert outcome(second) == (504, "outcome_unknown")
        assert second.headers["Idempotency-Replayed"] == "true"
        assert len(journal(simulator, number)) == 1

    @pytest.mark.parametrize("mode", ["cut", "html"])
    def test_without_a_key_the_same_wish_is_a_duplicate(
        self, uncached: Gateway, simulator: Simulator, mode: str
    ) -> None:
        number = new_number()
        simulator.fault("callback", mode=mode)
        assert outcome(uncached.post(STARTS, json={"number": number}))[0] == 504
        simulator.heal()
        assert outcome(uncached.post(STARTS, json={"number": number})) == (
            409,
            "duplicate_callback",
        )
        assert len(journal(simulator, number)) == 1

    @pytest.mark.parametrize("ending", ["0004", "0005", "0006", "0007"])
    def test_a_number_that_makes_the_answer_fail_is_504_and_rings_once(
        self, uncached: Gateway, simulator: Simulator, ending: str
    ) -> None:
        number, key = new_number(ending), new_key()
        began = time.monotonic()
        for replayed in (None, "true"):
            answer = uncached.post(STARTS, json={"number": number}, headers=key)
            assert outcome(answer) == (504, "outcome_unknown")
            assert answer.headers.get("Idempotency-Replayed") == replayed
        assert time.monotonic() - began < LONGEST
        assert len(journal(simulator, number)) == 1


class TestRefused:
    @pytest.mark.parametrize("mode", REFUSALS)
    def test_a_refusal_is_502_and_frees_the_key_and_the_wish(
        self, uncached: Gateway, simulator: Simulator, mode: str
    ) -> None:
        number, key = new_number(), new_key()
        simulator.fault("callback", mode=mode)
        for _ in range(2):
            answer = uncached.post(STARTS, json={"number": number}, headers=key)
            assert outcome(answer) == (502, "upstream_error")
        simulator.heal()
        answer = uncached.post(STARTS, json={"number": number}, headers=key)
        assert answer.status_code == 201
        assert [bool(call["sid"]) for call in journal(simulator, number)] == [False, False, True]

    def test_a_number_that_is_refused_is_502_and_rings_nobody(
        self, uncached: Gateway, simulator: Simulator
    ) -> None:
        number = new_number("0001")
        assert outcome(uncached.post(STARTS, json={"number": number}))[0] == 502
        assert [call["sid"] for call in journal(simulator, number)] == [None]

    def test_what_fonolo_says_of_it_is_not_passed_on(
        self, uncached: Gateway, simulator: Simulator
    ) -> None:
        answer = uncached.post(STARTS, json={"number": new_number("0001")})
        assert "Fonolo" not in answer.text


@pytest.mark.parametrize(("ending", "statuses"), [("0002", {"Failed"}), ("0003", {"Failed"})])
def test_a_call_that_fails_is_followed_to_its_end(
    uncached: Gateway, ending: str, statuses: set[str]
) -> None:
    started = uncached.post(STARTS, json={"number": new_number(ending)})
    assert started.status_code == 201
    url = started.json()["url"]
    final = running.poll(lambda: (now := uncached.get(url).json())["final"] and now)
    assert final["status"] in statuses
    assert outcome(uncached.post(f"{url}/cancel")) == (409, "callback_final")


class TestReads:
    """Faults before the call is sent ring nobody, and are told as what they are."""

    @pytest.mark.parametrize("endpoint", ["profile", "options", "questions"])
    @pytest.mark.parametrize(
        ("mode", "answer"),
        [
            ("refuse", (502, "upstream_error")),
            ("html", (502, "upstream_error")),
            ("hang", (503, "upstream_unavailable")),
        ],
    )
    def test_a_fault_of_the_configuration_rings_nobody_and_frees_the_key(
        self,
        uncached: Gateway,
        simulator: Simulator,
        endpoint: str,
        mode: str,
        answer: tuple[int, str],
    ) -> None:
        number, key = new_number(), new_key()
        simulator.fault(endpoint, mode=mode)
        failed = uncached.post(STARTS, json={"number": number}, headers=key)
        assert outcome(failed) == answer
        assert ("Retry-After" in failed.headers) == (failed.status_code == 503)
        simulator.heal()
        assert journal(simulator, number) == []
        assert uncached.post(STARTS, json={"number": number}, headers=key).status_code == 201

    @pytest.mark.parametrize(
        ("mode", "answer"),
        [
            ("refuse", (404, "unknown_callback")),
            ("html", (502, "upstream_error")),
            ("hang", (503, "upstream_unavailable")),
        ],
    )
    def test_a_fault_of_the_status_is_told(
        self, uncached: Gateway, simulator: Simulator, mode: str, answer: tuple[int, str]
    ) -> None:
        url = uncached.post(STARTS, json={"number": new_number()}).json()["url"]
        simulator.fault("status", mode=mode)
        assert outcome(uncached.get(url)) == answer
        simulator.heal()
        assert uncached.get(url).status_code == 200

    @pytest.mark.parametrize(
        ("mode", "answer"),
        [
            ("refuse", (502, "upstream_error")),
            ("cut", (502, "upstream_error")),
            ("html", (502, "upstream_error")),
            ("hang", (503, "upstream_unavailable")),
        ],
    )
    def test_a_fault_of_the_cancel_is_told(
        self, uncached: Gateway, simulator: Simulator, mode: str, answer: tuple[int, str]
    ) -> None:
        slots = uncached.get(f"/v1/profiles/default/options/{running.CUSTOMER_SERVICE}/slots")
        start_time = slots.json()["slots"][-1]["start_time"]
        body = {"number": new_number(), "start_time": start_time}
        url = uncached.post(STARTS, json=body).json()["url"]
        simulator.fault("cancel", mode=mode)
        assert outcome(uncached.post(f"{url}/cancel")) == answer
        simulator.heal()
        assert uncached.post(f"{url}/cancel").status_code == 204
        assert uncached.post(f"{url}/cancel").status_code == 204


PROFILE = {
    "sid": WEB_PROFILE,
    "name": "Web Profile",
    "status": "active",
    "language": "english",
    "default_country": "1",
    "scheduling_enabled": True,
    "questions_enabled": False,
}
OPTION = {"sid": running.CUSTOMER_SERVICE, "name": "Customer Service", "status": "active"}
SLOTS = [{"start_time": "2017-08-07 21:30:00", "end_time": "2017-08-07 22:00:00"}]
SLOW = drips(head(100_000), b" " * 100_000, 0.05)


class Fonolo:
    """Answers as Fonolo would, but for the endpoints that have a script of their own in `own`."""

    def __init__(self) -> None:
        self.own: dict[str, Script] = {}
        self.started = 0

    def __call__(self, exchange: ServedRequest) -> None:
        path = exchange.request.target.removesuffix(".json").split("/")
        name = path[-1] if path[-1] in SOUND else "profile"
        self.started += name == "callback"
        self.own.get(name, SOUND[name])(exchange)


def late(script: Script) -> Script:
    """Answer after most of the read time-out has passed."""

    def wait(exchange: ServedRequest) -> None:
        threading.Event().wait(0.8)
        script(exchange)

    return wait


SOUND = {
    "profile": answers(body(PROFILE)),
    "options": answers(body({"option": [OPTION]})),
    "schedule": answers(body({"schedule": SLOTS})),
    "callback": answers(body({"sid": "CA" + "0a" * 16})),
}


@pytest.fixture(scope="module")
def slow_fonolo() -> Iterator[tuple[Fonolo, Gateway]]:
    fonolo = Fonolo()
    with (
        RawServer(fonolo) as server,
        running.gateway(server.url, FONOLO_TIMEOUT="0.5,1", **UNCACHED) as gateway,
    ):
        yield fonolo, gateway
        gateway.session.close()


def scheduled() -> dict[str, str]:
    return {"number": new_number(), "start_time": "2017-08-07 21:30:00"}


@pytest.mark.parametrize(
    ("slow", "status", "rings"),
    [
        ({"callback": SLOW}, 504, 1),
        ({"callback": drips(b"", head(9_999), 0.05)}, 504, 1),
        ({"profile": SLOW}, 503, 0),
        ({"options": SLOW}, 503, 0),
        ({"schedule": SLOW}, 503, 0),
        (dict.fromkeys(SOUND, SLOW), 503, 0),
        ({name: late(script) for name, script in SOUND.items()}, 201, 1),
        ({"callback": SLOW} | {name: late(SOUND[name]) for name in ("profile", "options")}, 504, 1),
    ],
)
def test_a_start_ends_in_time_however_slowly_fonolo_answers(
    slow_fonolo: tuple[Fonolo, Gateway], slow: dict[str, Script], status: int, rings: int
) -> None:
    fonolo, gateway = slow_fonolo
    fonolo.own, before = slow, fonolo.started
    began = time.monotonic()
    answer = gateway.post(STARTS, json=scheduled())
    assert time.monotonic() - began < LONGEST
    assert answer.status_code == status
    assert fonolo.started - before == rings
    fonolo.own = {}
    assert gateway.post(STARTS, json=scheduled()).status_code == 201
