"""CAPTCHA against a local siteverify server: asked for, checked, accepted once, never guessed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from tests import running
from tests.running import Gateway, Simulator

CALLBACKS = "/v1/profiles/default/callbacks"
SECRET = "the-secret-of-the-provider"

#: What the provider says of a token.
TOKENS: dict[str, Any] = {
    "good": {"success": True, "hostname": "www.example.com", "action": "callback"},
    "plain": {"success": True},
    "bad": {"success": False, "error-codes": ["invalid-input-response"]},
    "other-site": {"success": True, "hostname": "evil.example"},
    "other-action": {"success": True, "action": "login"},
    "robot": {"success": True, "score": 0.1},
    "unclear": {"error": "?"},
}


class Provider(ThreadingHTTPServer):
    """Answers siteverify by the token's first word; remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/siteverify"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = {name: values[0] for name, values in form.items()}
        self.server.asked.append(asked)
        body = json.dumps(TOKENS[asked["response"].partition(":")[0]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextmanager
def guarded(simulator: Simulator, url: str, **settings: str) -> Iterator[Gateway]:
    with running.gateway(
        simulator,
        CAPTCHA_PROVIDER="turnstile",
        CAPTCHA_SITE_KEY="public-key",
        CAPTCHA_SECRET=SECRET,
        CAPTCHA_VERIFY_URL=url,
        CORS_ORIGINS="https://www.example.com",
        DUPLICATE_WINDOW="0",
        **settings,
    ) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def always(module_simulator: Simulator, provider: Provider) -> Iterator[Gateway]:
    with guarded(module_simulator, provider.url) as gateway:
        yield gateway


def start(gateway: Gateway, token: str | None) -> requests.Response:
    return gateway.post(CALLBACKS, json={"number": "14163662500", "captcha_token": token})


def fault(answer: requests.Response) -> tuple[int, str, str]:
    (error,) = answer.json()["errors"]
    return answer.status_code, error["pointer"], error["code"]


def test_the_form_says_which_captcha_to_show(always: Gateway) -> None:
    assert always.get("/v1/profiles/default").json()["captcha"] == {
        "provider": "turnstile",
        "site_key": "public-key",
        "mode": "always",
    }


def test_a_start_without_a_token_is_told_to_bring_one(always: Gateway) -> None:
    assert fault(start(always, None)) == (422, "/captcha_token", "captcha_required")


@pytest.mark.parametrize("token", ["bad", "other-site", "other-action", "robot"])
def test_a_token_that_does_not_pass_is_refused_and_rings_nothing(
    always: Gateway, simulator: Simulator, token: str
) -> None:
    before = len(simulator.calls())
    assert fault(start(always, token)) == (422, "/captcha_token", "captcha_failed")
    assert len(simulator.calls()) == before


def test_a_good_token_is_accepted_once_and_the_secret_goes_to_the_provider_only(
    always: Gateway, provider: Provider
) -> None:
    assert start(always, "good:1").status_code == 201
    assert provider.asked[-1] == {"secret": SECRET, "response": "good:1"}
    assert fault(start(always, "good:1")) == (422, "/captcha_token", "captcha_failed")
    assert start(always, "good:2").status_code == 201


def test_other_faults_come_first_and_spend_no_token(always: Gateway, provider: Provider) -> None:
    before = len(provider.asked)
    answer = always.post(CALLBACKS, json={"number": "x", "captcha_token": "good:3"})
    assert fault(answer) == (422, "/number", "number_not_digits")
    assert len(provider.asked) == before


def test_validate_asks_for_no_token(always: Gateway) -> None:
    assert always.post(f"{CALLBACKS}/validate", json={"number": "14163662500"}).status_code == 204


def test_an_answer_that_cannot_be_read_is_an_outage(always: Gateway) -> None:
    answer = start(always, "unclear")
    assert (answer.status_code, answer.json()["code"]) == (503, "captcha_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_provider_that_cannot_be_reached_is_an_outage(module_simulator: Simulator) -> None:
    nowhere = f"http://127.0.0.1:{running.free_ports(1)[0]}/siteverify"
    with guarded(module_simulator, nowhere) as gateway:
        answer = start(gateway, "good:4")
        assert (answer.status_code, answer.json()["code"]) == (503, "captcha_unavailable")


def test_stepping_up_asks_only_whoever_has_used_up_the_budget(
    module_simulator: Simulator, provider: Provider
) -> None:
    settings = {"CAPTCHA_MODE": "step_up", "LIMIT_START": "2/hour", "LIMIT_NUMBER": "3/hour"}
    with guarded(module_simulator, provider.url, **settings) as gateway:
        assert [start(gateway, None).status_code for _ in range(2)] == [201, 201]
        assert fault(start(gateway, None)) == (422, "/captcha_token", "captcha_required")
        assert start(gateway, "plain:1").status_code == 201
        over = start(gateway, "plain:2")
        assert (over.status_code, over.json()["scope"]) == (429, "number")
