"""The edge: what it answers without Flask, and what it adds to every answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from service.callbacks.form import FormReader
from service.callbacks.numbers import NumberRules
from service.callbacks.ports import Budget, Rate, Reservation
from service.callbacks.profile import Profile
from service.http import problems
from service.http.application import Application
from service.http.edge import Edge
from service.http.limits import ClientLimits
from service.http.repeats import Shown
from service.http.routes import LimitedRoutes, counted
from service.observability.metrics import Metrics
from service.observability.watch import Watch
from service.store.memory import MemoryLedger
from tests.unit.service.fakes import PROFILE_SID, Clock, FakeCatalog, hashed, profile

FORM, START = "/v1/profiles/web", "/v1/profiles/web/callbacks"
SHOP, OTHER = "https://shop.example", "https://other.example"
#: What differs from one answer to the next, whatever is asked.
OWN = {"X-Request-ID", "RateLimit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


@dataclass
class Kept:
    """What is kept of the catalogue: its profile while `is_fresh`."""

    catalog: FakeCatalog
    is_fresh: bool = True

    def profile(self, sid: str, within: float) -> Profile:
        if not self.is_fresh:
            raise LookupError(sid)
        return self.catalog.profile_  # type: ignore[return-value]

    def slots(self, *_: Any, **__: Any) -> Any:
        raise LookupError


class BrokenLedger(MemoryLedger):
    def reserve(self, budgets: Sequence[Budget], id: str) -> Reservation:
        raise RuntimeError("nobody has thought of this")


@dataclass
class Gateway:
    """An edge around a Flask application that counts in `asked` what it is asked."""

    ledger: MemoryLedger = field(default_factory=lambda: MemoryLedger(Clock()))
    reads: int = 100
    cors_origins: tuple[str, ...] = ()
    catalog: FakeCatalog = field(default_factory=FakeCatalog)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kept = Kept(self.catalog)
        app = Application("edge")
        problems.init_app(app)
        self._add_routes(app)
        edge = Edge(
            app.wsgi_app,
            LimitedRoutes(app),
            ClientLimits(
                self.ledger,
                {"read": [Rate(self.reads, 60)], "start": [Rate(1, 60)]},
                step_up=False,
            ),
            Watch(Metrics({code: status for code, (status, _) in problems.PROBLEMS.items()})),
            hashed,
            trusted=(),
            cors_origins=self.cors_origins,
        )
        self._client = Client(edge)

    def _add_routes(self, app: Application) -> None:
        rules = ({"web": PROFILE_SID}, frozenset[str](), NumberRules(), 1.0)
        shown: Shown[Profile] = Shown(
            FormReader(self.catalog, *rules),
            FormReader(self.kept, *rules),
            lambda form, alias: {"name": form.name, "alias": alias},
            60,
        )

        @app.get("/v1/profiles/<alias>")
        @counted("read")
        def show(alias: str) -> Any:
            self.asked.append("form")
            return shown.answer(lambda reading: reading.profile(alias), alias)

        @app.post("/v1/profiles/<alias>/callbacks")
        @counted("start")
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
    etag = gateway.get().headers["ETag"]
    answers = [gateway.get(If_None_Match=each) for each in (etag, f"W/{etag}") * 2]
    assert [(each.status_code, each.data) for each in answers] == [(304, b"")] * 4
    assert without_own(answers[2]) == without_own(answers[0])
    assert gateway.asked == ["form"] * 3


def test_what_shows_something_new_is_answered_anew() -> None:
    gateway = Gateway()
    etag = gateway.get().headers["ETag"]
    gateway.get(If_None_Match=etag)
    gateway.catalog.profile_ = profile(name="Renamed")
    assert gateway.get().json["name"] == "Renamed"
    assert gateway.get(If_None_Match=etag).status_code == 200


def test_where_fonolo_would_be_asked_flask_is() -> None:
    gateway = Gateway()
    gateway.get()
    gateway.kept.is_fresh = False
    assert gateway.get().status_code == 200
    assert gateway.asked == ["form", "form"]


@pytest.mark.parametrize("given", ['"a", "b"', "*", '"another"', ""])
def test_of_conditions_without_end_none_is_kept(given: str) -> None:
    gateway = Gateway()
    for _ in range(2):
        gateway.get(If_None_Match=given)
    assert gateway.asked == ["form"] * (1 if given == "" else 2)


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


def test_a_ledger_that_breaks_is_a_problem_of_ours() -> None:
    answer = Gateway(ledger=BrokenLedger()).get()
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "thought" not in answer.text


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
