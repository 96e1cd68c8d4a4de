"""The middleware: what it answers without Flask, and what it adds to every answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import pytest
from werkzeug.test import Client as HttpClient
from werkzeug.test import TestResponse

from service.callbacks.calls import CallReference
from service.callbacks.ports import Budget, Rate, Reservation
from service.callbacks.tracking import unknown_callback
from service.errors import Problem
from service.http.admission import Admission
from service.http.client_address import ClientResolver
from service.http.headers import Cors
from service.http.middleware import GatewayMiddleware
from service.http.problem_catalogue import read_catalogue
from service.http.problems import ProblemRenderer
from service.http.rate_limits import RateLimits
from service.http.request_context import RequestContext
from service.http.response_cache import cacheable
from service.http.routing import Application
from service.store.memory import MemoryStore
from tests.unit.service.fakes import Clock, key_hasher

FORM, START = "/v1/profiles/web", "/v1/profiles/web/callbacks"
SHOP, OTHER = "https://shop.example", "https://other.example"
#: Headers that differ from one answer to the next.
OWN = {"X-Request-ID", "RateLimit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
CATALOGUE = read_catalogue().problems


class BrokenStore(MemoryStore):
    def reserve(self, budgets: Sequence[Budget], id: str) -> Reservation:
        raise RuntimeError("unexpected")


@dataclass
class Observer:
    """Notes what is observed."""

    answers: list[tuple[str | None, int, str | None]] = field(default_factory=list)
    under_way: int = 0

    def begin(self, method: str, path: str, traceparent: str | None) -> None:
        self.under_way += 1

    def answered(self, context: RequestContext, status: int, *, replayed: bool) -> None:
        self.answers.append((context.route, status, context.code))

    def end(self) -> None:
        self.under_way -= 1


@dataclass
class Gateway:
    """The middleware around a Flask application that lists in `asked` what it was asked for."""

    store: MemoryStore = field(default_factory=lambda: MemoryStore(Clock()))
    reads: int = 100
    cors_origins: tuple[str, ...] = ()
    name: str = "Web"
    is_current: bool = True
    asked: list[str] = field(default_factory=list)
    observer: Observer = field(default_factory=Observer)

    def __post_init__(self) -> None:
        app = Application("gateway", static_folder=None)
        problems = ProblemRenderer(CATALOGUE, UTC)
        problems.init_app(app)
        self._add_routes(app)
        rates = {"read": [Rate(self.reads, 60)], "start": [Rate(1, 60)]}
        limits = RateLimits(app, self.store, rates, step_up=False)  # type: ignore[arg-type]
        self.middleware = GatewayMiddleware(
            app,
            client_of=ClientResolver((), key_hasher),
            admission=Admission(limits, None, _no_handles, key_hasher),
            problems=problems,
            cors=Cors(app, self.cors_origins),
            observer=self.observer,
        )
        self._client = HttpClient(self.middleware)

    def _add_routes(self, app: Application) -> None:
        @app.get("/v1/profiles/<alias>", limit_group="read")
        def show(alias: str) -> Any:
            self.asked.append("form")
            if alias != "web":
                raise Problem("unknown_profile", "No such profile.")
            shown = self.name
            body = f'{{"name":"{shown}","alias":"{alias}"}}'.encode()
            return cacheable(body, 60, lambda: self.is_current and self.name == shown)

        @app.post("/v1/profiles/<alias>/callbacks", limit_group="start")
        def start(alias: str) -> Any:
            self.asked.append("start")
            return "started"

    def get(self, path: str = FORM, **headers: str) -> TestResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.get(path, headers=given)

    def head(self, path: str) -> TestResponse:
        return self._client.head(path)

    def post(self, path: str, **headers: str) -> TestResponse:
        return self._client.post(path, headers=headers)


def _no_handles(handle: str) -> CallReference:
    raise unknown_callback()


def without_own(answer: TestResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OWN}


def test_the_same_question_gets_the_same_answer_without_flask() -> None:
    gateway = Gateway()
    first, second = gateway.get(), gateway.get()
    assert gateway.asked == ["form"]
    assert (second.status, second.data) == (first.status, first.data)
    assert without_own(second) == without_own(first)
    assert second.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert second.headers["X-RateLimit-Remaining"] == "98"


def test_a_client_that_has_it_is_told_so_without_flask() -> None:
    gateway = Gateway()
    etag = Gateway().get().headers["ETag"]
    first = gateway.get(If_None_Match=etag)  # answered by Flask, which had not been asked before
    spellings = (etag, f"W/{etag}", f'"other", {etag}', "*")
    answers = [first, *(gateway.get(If_None_Match=each) for each in spellings)]
    assert [(each.status_code, each.data) for each in answers] == [(304, b"")] * 5
    assert without_own(answers[1]) == without_own(first)
    assert gateway.get(If_None_Match='"other"').status_code == 200
    assert gateway.asked == ["form"]


def test_what_shows_something_new_is_answered_anew() -> None:
    gateway = Gateway()
    etag = gateway.get().headers["ETag"]
    gateway.get(If_None_Match=etag)
    gateway.name = "Renamed"
    assert gateway.get().json["name"] == "Renamed"
    assert gateway.get(If_None_Match=etag).status_code == 200


def test_where_fonolo_would_be_asked_flask_is() -> None:
    gateway = Gateway()
    gateway.get()
    gateway.is_current = False
    assert gateway.get().status_code == 200
    assert gateway.asked == ["form", "form"]


def test_what_is_superseded_is_let_go_whatever_its_etag() -> None:
    gateway = Gateway(reads=10_000)
    for number in range(300):
        gateway.name = f"Form {number}"
        gateway.get(If_None_Match=gateway.get().headers["ETag"])
    assert len(gateway.middleware._responses._entries) == 1
    assert gateway.asked == ["form"] * 300


@pytest.mark.parametrize(
    "path", ["/v1/profiles/%77eb", "//v1/profiles/web", "/v1/profiles/web?a=b"]
)
def test_a_resource_has_one_entry_however_its_path_is_spelled(path: str) -> None:
    gateway = Gateway()
    gateway.get()
    environ_path = path if not path.startswith("//") else path.replace("//", "/%2F", 1)
    assert gateway.get(environ_path).status_code == 200
    assert gateway.asked == ["form"]


def test_a_body_is_kept_from_no_one_who_asks_for_the_head_first() -> None:
    gateway = Gateway()
    assert gateway.head(FORM).data == b""
    assert gateway.get().json["alias"] == "web"
    assert gateway.head(FORM).data == b""


def test_a_problem_is_never_given_again() -> None:
    gateway = Gateway()
    assert [gateway.get("/v1/profiles/nobody").status_code for _ in range(2)] == [404, 404]
    assert gateway.asked == ["form", "form"]


def test_known_answers_count_too_and_one_over_the_limit_never_reaches_flask() -> None:
    gateway = Gateway(reads=2)
    answers = [gateway.get() for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    refused = answers[2]
    assert refused.json["code"] == "rate_limited"
    assert refused.json["request_id"] == refused.headers["X-Request-ID"]
    assert refused.mimetype == "application/problem+json"
    assert int(refused.headers["Content-Length"]) == len(refused.data)
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["X-RateLimit-Remaining"] == "0"


def test_budgets_are_apart() -> None:
    gateway = Gateway(reads=1)
    gateway.get()
    assert gateway.post(START).status_code == 200
    assert gateway.post(START).status_code == 429
    assert gateway.asked == ["form", "start"]


def test_what_is_no_limited_route_is_not_counted() -> None:
    gateway = Gateway(reads=1)
    for path in ("/nothing", "/v1/profiles", FORM + "/"):
        answer = gateway.get(path)
        assert answer.status_code == 404
        assert "RateLimit" not in answer.headers
    assert gateway.post(FORM).status_code == 405
    assert gateway.get().status_code == 200


def test_a_store_that_breaks_is_a_problem_of_ours() -> None:
    answer = Gateway(store=BrokenStore()).get()
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "unexpected" not in answer.text


def test_each_origin_is_told_what_it_may_read_whoever_asked_first() -> None:
    gateway = Gateway(cors_origins=(SHOP,), reads=3)
    answers = [gateway.get(Origin=origin) for origin in (OTHER, SHOP, OTHER, SHOP)]
    assert gateway.asked == ["form"]
    allowed = [each.headers.get("Access-Control-Allow-Origin") for each in answers]
    assert allowed == [None, SHOP, None, SHOP]
    assert answers[3].status_code == 429
    assert {each.headers["Vary"] for each in answers} == {"Origin"}


@pytest.mark.parametrize("path", [FORM, "/v1/profiles/nobody", "/nothing"])
def test_every_answer_has_an_id_and_is_safe_in_a_browser(path: str) -> None:
    gateway = Gateway(reads=2)
    for _ in range(3):
        headers = gateway.get(path, X_Request_ID="mine").headers
        assert headers.getlist("X-Request-ID") == ["mine"]
        assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
        assert headers.getlist("Content-Security-Policy") == [
            "default-src 'none'; frame-ancestors 'none'"
        ]


def test_every_request_is_observed_with_its_route_until_it_ends() -> None:
    gateway = Gateway(reads=1)
    for path in (FORM, FORM, "/nothing"):
        gateway.get(path)
    rule = "/v1/profiles/<alias>"
    assert gateway.observer.answers == [
        (rule, 200, None),
        (rule, 429, "rate_limited"),
        (None, 404, "not_found"),
    ]
    assert gateway.observer.under_way == 0


@pytest.mark.parametrize(
    ("allowed", "origin", "granted"),
    [
        ("https://shop.example", "https://shop.example", True),
        ("https://shop.example", "https://shop.example.evil.net", False),
        ("https://shop.example", "https://shopxexample", False),
        ("https://shop.example", "http://shop.example", False),
        ("https://shop.example", "https://shop.example:8443", False),
        ("https://*.example.com", "https://www.example.com", True),
        ("https://*.example.com", "https://a.b.example.com", True),
        ("https://*.example.com", "https://example.com", False),
        ("https://*.example.com", "https://zexample.com.evil.net", False),
        ("https://*.example.com", "https://evil.net/.example.com", False),
        ("https://*.example.com", "https://www.example.com.evil.net", False),
        ("https://*.example.com:8443", "https://www.example.com:8443", True),
        ("capacitor://localhost", "capacitor://localhost", True),
        ("http://[::1]:3000", "http://[::1]:3000", True),
        ("http://[::1]:3000", "http://::1:3000", False),
    ],
)
def test_an_origin_is_compared_whole(allowed: str, origin: str, granted: bool) -> None:
    headers = dict(
        Cors(Application("cors"), [allowed]).headers(
            {"REQUEST_METHOD": "GET", "HTTP_ORIGIN": origin}, FORM
        )
    )
    assert headers.get("Access-Control-Allow-Origin") == (origin if granted else None)


def test_a_preflight_allows_whatever_header_a_sites_tracer_adds() -> None:
    wanted = "content-type, idempotency-key, traceparent, x-datadog-trace-id"
    answer = HttpClient(Gateway(cors_origins=(SHOP,)).middleware).options(
        START,
        headers={
            "Origin": SHOP,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": wanted,
        },
    )
    assert answer.headers["Access-Control-Allow-Headers"] == wanted
    assert "Access-Control-Allow-Credentials" not in answer.headers
