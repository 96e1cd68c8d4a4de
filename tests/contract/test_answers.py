"""Every success that openapi.yaml promises, asked of the running gateway, as described."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.contract.calling import ALIASES, PROFILES, World, captcha, fresh_number
from tests.contract.description import (
    DOCUMENT,
    ROOT,
    hold,
    hold_problem,
    nodes,
    operations,
)
from tests.running import CUSTOMER_SERVICE, Gateway, Simulator, poll

START = "/v1/profiles/default/callbacks"
SLOTS = f"/v1/profiles/default/options/{CUSTOMER_SERVICE}/slots"


def preflight(origin: str) -> dict[str, str]:
    return {"Origin": origin, "Access-Control-Request-Method": "POST"}


def test_a_callback_is_started_followed_to_its_end_and_cancelled(gateway: Gateway) -> None:
    started = gateway.post(START, json={"number": fresh_number()})
    callback = hold("startCallback", started)
    assert started.status_code == 201
    assert started.headers["Location"] == callback["url"]

    def progress() -> Any:
        return hold("getCallback", gateway.get(callback["url"]))

    assert progress()["id"] == callback["id"]
    assert poll(lambda: (found := progress())["final"] and found)["status"] == "Success"

    other = hold("startCallback", gateway.post(START, json={"number": fresh_number()}))
    for _ in range(2):
        cancelled = gateway.post(other["url"] + "/cancel")
        assert cancelled.status_code == 204
        hold("cancelCallback", cancelled)


def test_a_key_replays_its_outcome_whatever_nulls_and_tokens_come_with_it(
    gateway: Gateway, simulator: Simulator
) -> None:
    body = {"number": fresh_number(), "option": CUSTOMER_SERVICE}
    headers = {"Idempotency-Key": "replayed-in-the-contract"}
    arrived = len(simulator.calls())

    first = gateway.post(START, json=body, headers=headers)
    again = gateway.post(
        START, json={"captcha_token": "x", "questions": None, **body}, headers=headers
    )

    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert hold("startCallback", again) == hold("startCallback", first)
    assert len(simulator.calls()) == arrived + 1


def test_a_body_that_is_good_is_validated_without_a_call(
    gateway: Gateway, simulator: Simulator
) -> None:
    arrived = len(simulator.calls())
    answer = gateway.post(START + "/validate", json={"number": fresh_number()})
    assert answer.status_code == 204
    hold("validateCallback", answer)
    assert len(simulator.calls()) == arrived


def test_a_member_that_is_null_is_as_good_as_absent(gateway: Gateway) -> None:
    properties = DOCUMENT["components"]["schemas"]["CallbackRequest"]["properties"]
    body = {**dict.fromkeys(properties), "unheard_of": None, "number": fresh_number()}
    answer = gateway.post(START + "/validate", json=body)
    assert answer.status_code == 204, answer.text
    for name in set(properties) - {"number"}:
        assert "null" in properties[name]["type"]


@pytest.mark.parametrize("alias", ALIASES)
def test_a_profile_of_any_kind_is_as_described(world: World, alias: str) -> None:
    form = hold("getProfile", world.caller().ask("getProfile", alias=alias))
    assert form["profile"] == alias
    for option in form["options"]:
        answer = world.caller().ask("listSlots", alias=alias, option=option["id"])
        assert answer.status_code == 200
        hold("listSlots", answer)


def test_a_profile_says_which_captcha_a_start_needs(world: World) -> None:
    caller = world.caller(**captcha("http://127.0.0.1:1/siteverify"))
    assert hold("getProfile", caller.ask("getProfile"))["captcha"] == {
        "provider": "turnstile",
        "site_key": "public",
        "mode": "always",
    }


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("getProfile", "/v1/profiles/default"),
        ("listSlots", SLOTS),
        ("getDescription", "/openapi.yaml"),
        ("getDocs", "/docs"),
        ("listProblems", "/problems"),
        ("getProblem", "/problems/outcome_unknown"),
        ("getWidget", "/widget.js"),
    ],
)
def test_an_answer_that_is_still_good_is_not_sent_again(
    gateway: Gateway, operation: str, path: str
) -> None:
    whole = gateway.get(path)
    assert whole.status_code == 200
    hold(operation, whole)
    etag = whole.headers["ETag"]
    again = gateway.get(path, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again.headers["ETag"] == etag
    hold(operation, again)


PAGES = {"getHealth": "/healthz", "getReadiness": "/readyz"}


@pytest.mark.parametrize(("operation", "path"), PAGES.items())
def test_a_page_for_operators_is_as_described(gateway: Gateway, operation: str, path: str) -> None:
    answer = gateway.get(path)
    assert answer.status_code == 200
    hold(operation, answer)


def test_readiness_is_refused_while_the_configuration_is_not_known(world: World) -> None:
    answer = world.lonely_caller().ask("getReadiness")
    assert answer.status_code == 503
    assert hold("getReadiness", answer)["configuration"] == "unknown"


def test_the_description_that_is_served_is_this_one(gateway: Gateway) -> None:
    assert gateway.get("/openapi.yaml").content == (ROOT / "openapi.yaml").read_bytes()


def test_a_request_keeps_its_name_and_gets_one_where_it_has_none_that_fits(
    gateway: Gateway,
) -> None:
    for given in ("Aa0._-", "x" * 64):
        answer = gateway.get("/healthz", headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] == given
    for given in ("x" * 65, "a b", "a/b"):
        answer = gateway.get("/healthz", headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] != given
        hold("getHealth", answer)


def test_every_get_answers_head_without_a_body(gateway: Gateway) -> None:
    pages = ("/docs", "/problems", "/problems/not_found", "/openapi.yaml")
    for path in ("/v1/profiles/default", SLOTS, "/healthz", *pages):
        answer = gateway.session.head(gateway.origin + path, timeout=10)
        assert answer.status_code == 200
        assert not answer.content


def test_metrics_are_on_their_own_port_and_nothing_else_is(gateway: Gateway) -> None:
    assert gateway.get("/metrics").status_code == 404
    assert requests.get(gateway.metrics + "/metrics", timeout=10).status_code == 200
    elsewhere = requests.get(gateway.metrics + "/v1/profiles/default", timeout=10)
    assert '"questions":' not in elsewhere.text


def test_cors_covers_errors_and_exposes_every_header_that_is_described(world: World) -> None:
    origin = "https://www.example.com"
    caller = world.caller(CORS_ORIGINS=origin, LIMIT_READ="2/minute", CALLBACK_PROFILES=PROFILES)
    described = {
        name
        for operation in operations().values()
        for answer in operation.responses.values()
        for name in answer["headers"]
        if operation.path.startswith("/v1/")
    } - {"Cache-Control", "WWW-Authenticate"}  # browsers show the one; the other tells nothing

    answers = [
        caller.ask("getProfile", alias=alias, headers={"Origin": origin})
        for alias in ("default", "nobody", "default")
    ]

    assert [each.status_code for each in answers] == [200, 404, 429]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
        assert described <= exposed
    away = caller.client.get("/v1/nothing", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in away.headers
    hold_problem(away)


def test_a_preflight_allows_every_header_that_a_request_may_have(world: World) -> None:
    origin = "https://www.example.com"
    caller = world.caller(CORS_ORIGINS=origin)
    names = {
        each["name"]
        for operation in operations().values()
        for each in operation.parameters
        if each["in"] == "header"
    } | {"Content-Type"}
    asked = {**preflight(origin), "Access-Control-Request-Headers": ", ".join(sorted(names))}

    answer = caller.client.options(START, headers=asked)

    allowed = {name.lower() for name in answer.headers["Access-Control-Allow-Headers"].split(", ")}
    assert {name.lower() for name in names} <= allowed


def test_no_reference_of_the_description_leads_nowhere() -> None:
    for path, node in nodes(DOCUMENT):
        if "$ref" in node:
            target: Any = DOCUMENT
            for name in node["$ref"].removeprefix("#/").split("/"):
                assert name in target, path
                target = target[name]
