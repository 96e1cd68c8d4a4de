"""`replaces` and the page of a call-back, against running gateways: alone, and over Redis."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from tests import running
from tests.redis_servers import redis_cluster
from tests.running import CUSTOMER_SERVICE, Gateway, Simulator

STARTS = "/v1/profiles/default/callbacks"
SLOTS = f"/v1/profiles/default/options/{CUSTOMER_SERVICE}/slots"
#: One ring of a number: a new call-back needs the old one's. Each slot list is Fonolo's own.
ONE_RING = {"LIMIT_NUMBER": "1/hour", "CACHE_SLOTS_TTL": "0"}
STORES = [("memory", 1), ("redis", 1), ("redis", 3), ("cluster", 3)]
_numbers = (f"1416366{last}" for last in itertools.count(4000))


@pytest.fixture
def number() -> str:
    """A number that was never called before."""
    return next(_numbers)


@pytest.fixture(scope="module", params=STORES, ids=lambda p: f"{p[0]}-{p[1]}")
def gateways(
    request: pytest.FixtureRequest, module_simulator: Simulator
) -> Iterator[list[Gateway]]:
    """One gateway, or three over one store."""
    store, count = request.param
    with ExitStack() as stack:
        settings = dict(ONE_RING)
        if store == "redis":
            settings["REDIS_URL"] = stack.enter_context(running.redis_server())[0]
        elif store == "cluster":
            settings["REDIS_URL"] = stack.enter_context(redis_cluster()).url
        yield [
            stack.enter_context(running.gateway(module_simulator, **settings)) for _ in range(count)
        ]


def start(gateway: Gateway, number: str, **body: Any) -> requests.Response:
    return requests.post(gateway.origin + STARTS, json={"number": number, **body}, timeout=40)


def slots(gateway: Gateway) -> list[str]:
    return [each["start_time"] for each in gateway.get(SLOTS).json()["slots"]]


def status(gateway: Gateway, id: str) -> str:
    return str(gateway.get(f"/v1/callbacks/{id}").json()["status"])


def test_a_call_back_is_moved_and_its_ring_with_it(gateways: list[Gateway], number: str) -> None:
    first, last = gateways[0], gateways[-1]
    early, late, *_ = slots(first)
    old = start(first, number, start_time=early).json()
    assert "replaced" not in old
    assert start(last, number, start_time=late).json()["code"] == "rate_limited"

    new = start(last, number, start_time=late, replaces=old["id"])

    assert (new.status_code, new.json()["replaced"]) == (201, True)
    assert (status(first, old["id"]), status(first, new.json()["id"])) == ("Canceled", "Scheduled")
    again = start(first, number, start_time=early, replaces=old["id"])
    assert (again.status_code, again.json()["code"]) == (409, "callback_final")
    assert start(first, number, start_time=early).json()["code"] == "rate_limited"


def test_many_replacements_at_once_place_one_call(
    gateways: list[Gateway], simulator: Simulator, number: str
) -> None:
    old = start(gateways[0], number, start_time=slots(gateways[0])[0]).json()
    before = len(simulator.calls())
    simulator.fault("callback", latency_ms=300)
    gate = threading.Barrier(12)

    def replace(n: int) -> requests.Response:
        gate.wait(30)
        return start(gateways[n % len(gateways)], number, replaces=old["id"])

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(replace, range(12)))

    codes = [each.json().get("code", each.status_code) for each in answers]
    assert codes.count(201) == 1
    assert set(codes) <= {201, "idempotency_in_progress", "callback_final"}
    assert len(simulator.calls()) == before + 1
    waiting = [each for each in answers if each.json().get("code") == "idempotency_in_progress"]
    assert all("Retry-After" in each.headers for each in waiting)


@pytest.mark.parametrize(
    ("fault", "code"), [("refuse", "upstream_error"), ("cut", "outcome_unknown")]
)
def test_a_new_one_that_fails_leaves_the_old_one(
    gateways: list[Gateway], simulator: Simulator, number: str, fault: str, code: str
) -> None:
    gateway = gateways[0]
    early, late, *_ = slots(gateway)
    old = start(gateway, number, start_time=early).json()
    simulator.fault("callback", mode=fault)

    failed = start(gateway, number, start_time=late, replaces=old["id"])

    simulator.heal()
    assert failed.json()["code"] == code
    assert status(gateway, old["id"]) == "Scheduled"


def test_one_that_cannot_be_cancelled_is_told_to_stand(
    gateways: list[Gateway], simulator: Simulator, number: str
) -> None:
    gateway = gateways[0]
    early, late, *_ = slots(gateway)
    old = start(gateway, number, start_time=early).json()
    simulator.fault("cancel", mode="refuse")

    new = start(gateway, number, start_time=late, replaces=old["id"])

    assert (new.status_code, new.json()["replaced"]) == (201, False)
    assert status(gateway, old["id"]) == status(gateway, new.json()["id"]) == "Scheduled"


PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Vary": "Accept-Language",
}


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        ("", "en", "Your call-back"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr", "Votre rappel"),
        ("es", "es", "Su llamada"),
        ("de-AT", "de", "Ihr Rückruf"),
        ("it", "it", "La sua chiamata"),
        ("pt-BR", "pt", "Sua ligação"),
        ("fr-CA,en;q=0.5", "fr", "Votre rappel"),
        ("en;q=0.3, PT-br", "pt", "Sua ligação"),
        ("de;q=0,es-419;q=0.2", "es", "Su llamada"),
        ("ja,zh;q=0.5", "en", "Your call-back"),
    ],
)
def test_the_page_speaks_the_readers_language(
    gateway: Gateway, number: str, accepted: str, language: str, title: str
) -> None:
    id = start(gateway, number)
    page = gateway.get(f"/c/{id.json()['id']}", headers={"Accept-Language": accepted})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{title}</h1>" in page.text
    for name, value in PAGE_HEADERS.items():
        assert page.headers[name] == value
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert re.findall("<script[^>]*>", page.text) == ['<script type="module" src="/widget.js">']


def test_the_page_cancels_by_post_only_and_says_so(gateway: Gateway, number: str) -> None:
    start_time = slots(gateway)[1]
    id = start(gateway, number, start_time=start_time).json()["id"]
    page = gateway.get(f"/c/{id}")
    assert f'datetime="{start_time}"' in page.text
    assert f'action="/c/{id}/cancel"' in page.text
    assert gateway.get(f"/c/{id}/cancel").status_code == 405
    assert status(gateway, id) == "Scheduled"

    for _ in range(2):  # a second click is no error
        answer = gateway.post(f"/c/{id}/cancel", allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/c/{id}")

    after = gateway.get(f"/c/{id}")
    assert "Your call-back is cancelled." in after.text
    assert "<form" not in after.text


@pytest.mark.parametrize("path", ["/c/forged", "/c/%22%3E%3Cscript%3E", "/c/" + "a" * 400])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_handle_gets_the_page_of_its_problem(
    gateway: Gateway, path: str, method: str
) -> None:
    suffix = "/cancel" if method == "POST" else ""
    answer = requests.request(method, gateway.origin + path + suffix, timeout=40)

    assert answer.status_code == 404
    assert "<code>unknown_callback</code>" in answer.text
    assert "<script" not in answer.text
    for name, value in PAGE_HEADERS.items():
        assert answer.headers[name] == value


def test_the_page_says_that_fonolo_does_not_answer(
    gateway: Gateway, simulator: Simulator, number: str
) -> None:
    id = start(gateway, number, start_time=slots(gateway)[2]).json()["id"]
    simulator.fault("status", mode="html")

    answer = gateway.get(f"/c/{id}", headers={"Accept-Language": "de"})

    assert answer.status_code == 502
    assert "Er bleibt, wie er war." in answer.text


def test_the_page_says_that_it_was_asked_for_too_often(simulator: Simulator, number: str) -> None:
    with running.gateway(simulator, LIMIT_STATUS="1/minute", LIMIT_READ="2/minute") as gateway:
        path = f"/c/{start(gateway, number).json()['id']}"
        assert gateway.get(path).status_code == 200
        cancels = [gateway.post(f"{path}/cancel", allow_redirects=False) for _ in range(3)]
        assert [each.status_code for each in cancels] == [303, 303, 429]
        pages = [gateway.get(path), cancels[-1]]
    for page in pages:
        assert page.status_code == 429
        assert "asked for too often" in page.text
        assert "<code>rate_limited</code>" in page.text
        assert int(page.headers["Retry-After"]) > 0
        for name, value in PAGE_HEADERS.items():
            assert page.headers[name] == value


def test_the_page_can_be_turned_off(simulator: Simulator) -> None:
    with running.gateway(simulator, PUBLIC_PAGE="off") as gateway:
        for answer in (gateway.get("/c/forged"), gateway.post("/c/forged/cancel")):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
