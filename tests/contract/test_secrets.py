"""No secret, number, answer, key, token or id ever comes out of the gateway: not in its output, its
metrics, its spans, its store, nor in a header or a problem.

The conversation is held twice: with logs in JSON and all in memory, and with logs for people, a
store, a CAPTCHA and traces. X-Request-ID is left out: a fitting one is meant to be logged.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
import requests

from tests import running
from tests.collector import Collector, collector
from tests.contract.calling import NOWHERE, PROFILES, captcha, site_verify
from tests.contract.description import PROBLEM, ROOT
from tests.running import CUSTOMER_SERVICE, Gateway, Simulator

TOKEN = "5ec2e7f0" * 8
#: Headers that a caller may send, known to us or not.
# fmt: off
HEADERS = [
    "Host", "Origin", "Referer", "User-Agent", "Authorization", "Proxy-Authorization", "Cookie",
    "Accept", "Accept-Language", "Forwarded", "Via", "From", "X-Forwarded-For",
    "X-Forwarded-Host", "X-Real-IP", "X-Api-Key", "If-None-Match", "If-Match", "Range",
    "traceparent", "tracestate", "baggage", "b3", "X-B3-TraceId",
]
# fmt: on
#: What no one may see, each recognisable.
SECRETS = {
    "the account's token": TOKEN,
    "the handles' secret": "handle-secret-that-no-one-may-see-3141",
    "the older handles' secret": "older-secret-that-no-one-may-see-5926",
    "the store's secret": "store-secret-that-no-one-may-see-5358",
    "the store's password": "store-password-that-no-one-may-see",
    "the CAPTCHA's secret": "captcha-secret-that-no-one-may-see-97",
    "a CAPTCHA's token": "captcha-token-that-no-one-may-see-62",
    "a number": "4163667391",
    "a number that Fonolo refuses": "4163670001",
    "a number that times out": "4163670004",
    "a number whose answer is cut": "4163670005",
    "a number whose answer is HTML": "4163670006",
    "a number whose answer is truncated": "4163670007",
    "a number that is impossible": "99414166739174",
    "a number in half a body": "4163668452",
    "a number in a body of another type": "4163669563",
    "a number in a path": "4163661674",
    "a number in a body without chunks": "4163662785",
    "an answer of digits": "8675309817",
    "an answer in words": "Zebulon",
    "an answer that is refused": "Quetzalcoatl",
    "an idempotency key": "key-that-no-one-may-see-2384",
    "an idempotency key that is refused": "kÿ-that-no-one-may-see",
    "a forged id": "forged-id-that-no-one-may-see",
    "an id in a line that is no request": "broken-id-that-no-one-may-see",
    "a number as the method": "4163663896",
    "a request id that does not fit": "+14163666129",
    "a number in a query": "4163664907",
    "a number in a query of a form": "4163665018",
    "the collector's token": "collector-token-that-no-one-may-see",
    **{f"a secret in {name}": f"{name.lower()}-that-no-one-may-see" for name in HEADERS},
}
START = "/v1/profiles/default/callbacks"
VALIDATE = f"{START}/validate"
SETTINGS = {
    "FONOLO_AUTH_TOKEN": TOKEN,
    "HANDLE_SECRET": ",".join(
        [SECRETS["the handles' secret"], SECRETS["the older handles' secret"]]
    ),
    "STORE_SECRET": SECRETS["the store's secret"],
    "CALLBACK_PROFILES": PROFILES,
    "FONOLO_TIMEOUT": "1,1",
    "LOG_LEVEL": "debug",
    "CORS_ORIGINS": "https://shop.example",
}


@dataclass
class Conversation:
    """What was said to gateways, and what they answered and wrote."""

    answers: list[requests.Response] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    store: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)

    @contextmanager
    def gateway(self, upstream: Simulator | str, **settings: str) -> Iterator[Gateway]:
        """Run a gateway; keep its answers and its output."""
        with running.gateway(upstream, **{**SETTINGS, **settings}) as gateway:
            gateway.session.hooks["response"].append(self._keep)
            yield gateway
            self.metrics += requests.get(f"{gateway.metrics}/metrics", timeout=10).text.splitlines()
        self.output += gateway.process.lines

    def problems(self) -> list[str]:
        """Return the bodies of all problems."""
        return [each.text for each in self.answers if each.headers.get("Content-Type") == PROBLEM]

    def headers(self) -> list[str]:
        """Return the headers of all answers, as they were sent."""
        return [f"{name}: {text}" for each in self.answers for name, text in each.headers.items()]

    def came_out(self) -> dict[str, list[str]]:
        """Return all that was written anywhere but into the body of a success, by its kind."""
        return {
            "output": self.output,
            "metrics": self.metrics,
            "store": self.store,
            "spans": self.spans,
            "headers": self.headers(),
            "problems": self.problems(),
        }

    def _keep(self, answer: requests.Response, **_: Any) -> None:
        self.answers.append(answer)
        if answer.status_code == 201:
            self.issued.append(answer.json()["id"])


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    """Talk to gateways in every way there is, good and bad."""
    said = Conversation()
    scenario = tmp_path_factory.mktemp("scenario") / "scenario.yaml"
    scenario.write_text(_scenario(), "utf-8")
    arguments = ("--now", running.DOCUMENT_NOW, "--speed", "200", "--scenario", str(scenario))
    with running.simulator(*arguments) as simulator:
        with said.gateway(simulator) as gateway:
            _talk(gateway, simulator)
        with (
            site_verify(b'{"success": true}') as url,
            running.redis_server(password=SECRETS["the store's password"]) as (store, _),
            collector() as collected,
        ):
            settings = {**_captcha(url), **_traces(collected), "REDIS_URL": store}
            with said.gateway(simulator, LOG_FORMAT="console", **settings) as gateway:
                _talk(gateway, simulator)
            said.store = _all_of(store)
            said.spans = [batch.decode("utf-8", "replace") for batch in collected.raw]
        with site_verify(b'{"success": false}') as url:
            away = "redis://:" + SECRETS["the store's password"] + "@127.0.0.1:1/0"
            settings = {**_captcha(url), "REDIS_URL": away, "OTEL_TRACES_EXPORTER": "console"}
            with said.gateway(simulator, **settings) as gateway:
                gateway.post(START, json=_wish(), headers=_key())
        with said.gateway(NOWHERE, **_captcha(NOWHERE)) as gateway:
            gateway.post(START, json=_wish(), headers=_key())
    return said


def test_the_conversation_was_of_every_kind(conversation: Conversation) -> None:
    statuses = {each.status_code for each in conversation.answers}
    assert {200, 201, 204, 400, 404, 405, 409, 413, 415, 422, 502, 503, 504} <= statuses
    assert len(conversation.output) > len(conversation.answers)
    assert conversation.issued


def test_something_came_out_everywhere(conversation: Conversation) -> None:
    assert all(conversation.came_out().values())
    assert any("POST callback" in batch for batch in conversation.spans)
    assert any("/v1/callbacks/<handle>/cancel" in batch for batch in conversation.spans)
    assert any(key.startswith("cbg:key:") for key in conversation.store)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_comes_out_nowhere(conversation: Conversation, secret: str) -> None:
    for kind, texts in conversation.came_out().items():
        found = [text for text in texts if SECRETS[secret] in text]
        assert not found, f"{kind}: {found[0][-2000:]}"


def test_an_id_comes_out_in_its_location_and_in_the_outcome_kept_for_a_key_only(
    conversation: Conversation,
) -> None:
    for kind, texts in conversation.came_out().items():
        meant = ("Location: ", '{"body": ')
        text = "\n".join(each for each in texts if not each.startswith(meant))
        assert not [id for id in conversation.issued if id in text], kind


def _scenario() -> str:
    """Return the default scenario, with a token that can be told from others."""
    text = (ROOT / "simulator" / "scenarios" / "default.yaml").read_text("utf-8")
    assert running.AUTH_TOKEN in text
    return text.replace(running.AUTH_TOKEN, TOKEN)


def _captcha(url: str) -> dict[str, str]:
    return captcha(url) | {"CAPTCHA_SECRET": SECRETS["the CAPTCHA's secret"]}


def _traces(collected: Collector) -> dict[str, str]:
    token = SECRETS["the collector's token"]
    return collected.settings | {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization={token}"}


def _all_of(store: str) -> list[str]:
    """Return every key and every value of a store."""
    with redis.Redis.from_url(store, decode_responses=True) as client:
        collected: list[str] = client.keys("*")
        strings = [key for key in collected if client.type(key) == "string"]
        sets = [key for key in collected if client.type(key) == "zset"]
        assert len(strings) + len(sets) == len(collected)
        collected += [client.get(key) for key in strings]
        return collected + [str(client.zrange(key, 0, -1)) for key in sets]


_counter = itertools.count()


def _key() -> dict[str, str]:
    return {"Idempotency-Key": f"{SECRETS['an idempotency key']}-{next(_counter)}"}


def _wish(number: str = SECRETS["a number"], **more: Any) -> dict[str, Any]:
    answers = {
        "account_number": SECRETS["an answer of digits"],
        "first_and_last_name": SECRETS["an answer in words"],
    }
    token = SECRETS["a CAPTCHA's token"]
    return {"number": number, "questions": answers, "captcha_token": token, **more}


def _talk(gateway: Gateway, simulator: Simulator) -> None:
    _succeed(gateway)
    _fail_at_fonolo(gateway, simulator)
    _send_what_is_refused(gateway)
    _whisper(gateway)
    _break_http(gateway)


def _succeed(gateway: Gateway) -> None:
    wish, key = _wish(), _key()
    callback = gateway.post(START, json=wish, headers=key).json()
    gateway.post(START, json=wish, headers=key)
    gateway.post(START, json=wish)
    gateway.post(START, json=_wish(sms_optin=False), headers=key)
    gateway.post(VALIDATE, json=wish)
    gateway.get(callback["url"])
    gateway.post(callback["url"] + "/cancel")
    gateway.post(START, json=_wish(start_time="2017-08-07T17:30:00-04:00"))
    gateway.post(START, json=_wish(start_time="2017-08-07T03:30:00-04:00"))


def _fail_at_fonolo(gateway: Gateway, simulator: Simulator) -> None:
    for name, number in SECRETS.items():
        if name.startswith("a number") and number[-4:-1] == "000":
            gateway.post(START, json=_wish(number), headers=_key())
    callback = gateway.post(START, json=_wish(option=CUSTOMER_SERVICE, sms_optin=False)).json()
    for mode in ("refuse", "html", "empty", "cut"):
        simulator.fault("*", mode=mode)
        gateway.post(START, json=_wish("4163667392"), headers=_key())
        if "url" in callback:
            gateway.get(callback["url"])
            gateway.post(callback["url"] + "/cancel")
        simulator.heal()


def _send_what_is_refused(gateway: Gateway) -> None:
    refused = SECRETS["an answer that is refused"]
    gateway.post(VALIDATE, json=_wish(SECRETS["a number that is impossible"]))
    gateway.post(VALIDATE, json=_wish(questions={"account_number": refused}))
    gateway.post(VALIDATE, json=_wish(option=refused, start_time=refused, sms_optin=refused))
    gateway.post(START, json=_wish(questions=[refused], captcha_token={"token": refused}))
    half = '{"number": "' + SECRETS["a number in half a body"]
    gateway.post(START, data=half, headers={"Content-Type": "application/json", **_key()})
    gateway.post(START, data=SECRETS["a number in a body of another type"])
    gateway.post(START, json=_wish(padding="x" * 16384))
    bad_key = SECRETS["an idempotency key that is refused"].encode("latin-1")
    gateway.post(START, json=_wish(), headers={"Idempotency-Key": bad_key})
    for path in ("/", "/v1/profiles/", "/v1/callbacks/", "/v1/profiles/default/options/"):
        gateway.get(path + SECRETS["a number in a path"])
    gateway.get(f"/v1/callbacks/{SECRETS['a forged id']}")
    gateway.post(f"/v1/callbacks/{SECRETS['a forged id']}/cancel")
    gateway.session.delete(f"{gateway.origin}/v1/callbacks/{SECRETS['a forged id']}", timeout=10)


def _whisper(gateway: Gateway) -> None:
    """Put secrets where nobody asks for any: headers, the query, the method."""
    headers = {name: SECRETS[f"a secret in {name}"] for name in HEADERS}
    headers["X-Request-ID"] = SECRETS["a request id that does not fit"]
    for path in ("/v1/profiles/default", "/v1/callbacks/nothing", "/healthz", "/nowhere"):
        gateway.get(path, headers=headers)
    gateway.post(START, json=_wish(), headers={**headers, **_key()})
    gateway.session.options(gateway.origin + START, headers=headers, timeout=10)
    gateway.post(f"{VALIDATE}?number={SECRETS['a number in a query']}", json=_wish())
    gateway.get(f"/v1/profiles/default?number={SECRETS['a number in a query of a form']}")
    method = SECRETS["a number as the method"]
    gateway.session.request(method, gateway.origin + START, timeout=10)


def _break_http(gateway: Gateway) -> None:
    head = f"POST {VALIDATE} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
    number = SECRETS["a number in a body without chunks"]
    id = SECRETS["an id in a line that is no request"]
    _send(gateway, f'{head}Transfer-Encoding: chunked\r\n\r\n{{"number": "{number}"}}\r\n\r\n')
    _send(gateway, f'{head}Content-Length: 99\r\n\r\n{{"number": "{number}"}}')
    _send(gateway, f"GET /v1/callbacks/{id} HTTP/banana\r\n\r\n")
    _send(gateway, f"GET /v1/callbacks/{id} HTTP/1.1\r\nAuthorization {id}\r\n\r\n")


def _send(gateway: Gateway, request: str) -> None:
    """Send bytes as they are, end the sending, and read all that comes back."""
    at = urlsplit(gateway.origin)
    with socket.create_connection((at.hostname, at.port), timeout=10) as connection:
        connection.sendall(request.encode())
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
