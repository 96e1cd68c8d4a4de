"""Every error that openapi.yaml promises is really answered, by the route it is promised for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import cast

import pytest

from service.fonolo import FonoloClient
from tests.contract.calling import (
    CLOSED_OPTION,
    NOWHERE,
    PAUSED_OPTION,
    BrokenFonolo,
    World,
    captcha,
    fresh_number,
)
from tests.contract.description import Response, hold, operations
from tests.running import poll

#: Makes an operation answer a problem.
Provocation = Callable[[World, str], Response]
PROVOCATIONS: dict[tuple[str, str], Provocation] = {}

FORMS = ("getProfile", "listSlots")
STARTS = ("startCallback", "validateCallback")
CALLS = ("getCallback", "cancelCallback")
KEY = "a-key-that-is-long-enough"
JSON = "application/json"


def provokes(code: str, *operation_ids: str) -> Callable[[Provocation], Provocation]:
    """Mark a function as the one that makes these operations answer that code."""

    def register(provocation: Provocation) -> Provocation:
        PROVOCATIONS.update({(id, code): provocation for id in operation_ids})
        return provocation

    return register


@provokes("unknown_profile", *FORMS, *STARTS)
def with_an_unknown_alias(world: World, operation: str) -> Response:
    return world.caller().ask(operation, alias="nobody")


@provokes("not_found", "getProblem")
def of_a_code_that_is_none(world: World, operation: str) -> Response:
    return world.caller().ask(operation, code="nothing")


@provokes("identity_required", *STARTS)
def by_nobody_known(world: World, operation: str) -> Response:
    return world.caller(IDENTITY_SECRET="s" * 32, IDENTITY_MODE="required").ask(operation)


@provokes("identity_invalid", *STARTS)
def with_a_forged_token(world: World, operation: str) -> Response:
    headers = {"Authorization": "Bearer forged"}
    return world.caller(IDENTITY_SECRET="s" * 32).ask(operation, headers=headers)


@provokes("not_found", "getWidgetModule", "getWidgetWords")
def of_a_file_that_is_none(world: World, operation: str) -> Response:
    return world.caller().ask(operation, module="nothing.js", words="xx.js")


@provokes("unknown_option", "listSlots")
def with_an_unknown_option(world: World, operation: str) -> Response:
    return world.caller().ask(operation, option="CO" + "f" * 32)


@provokes("unknown_callback", *CALLS)
def with_a_forged_id(world: World, operation: str) -> Response:
    return world.caller().ask(operation, id=world.started()[:-2] + "xx")


@provokes("callback_final", "cancelCallback")
def after_its_end(world: World, operation: str) -> Response:
    return world.caller().ask(operation, id=world.ended())


@provokes("malformed_json", *STARTS)
def with_half_a_body(world: World, operation: str) -> Response:
    return world.caller().ask(operation, data=b'{"number":', content_type=JSON)


@provokes("invalid_idempotency_key", "startCallback")
def with_a_short_key(world: World, operation: str) -> Response:
    return world.caller().ask(operation, headers={"Idempotency-Key": "short"})


@provokes("body_too_large", *STARTS, "cancelCallback")
def with_a_large_body(world: World, operation: str) -> Response:
    return world.caller().ask(operation, data=b" " * 16385, content_type=JSON)


@provokes("unsupported_media_type", *STARTS)
def with_a_body_of_another_type(world: World, operation: str) -> Response:
    return world.caller().ask(operation, data=b"{}", content_type="text/plain")


@provokes("validation_failed", *STARTS)
def without_a_number(world: World, operation: str) -> Response:
    return world.caller().ask(operation, json={})


@provokes("profile_paused", *STARTS)
def of_a_paused_profile(world: World, operation: str) -> Response:
    return world.caller().ask(operation, alias="holiday", json={"number": fresh_number()})


@provokes("option_paused", *STARTS)
def of_a_paused_option(world: World, operation: str) -> Response:
    return _ask_northwind(world, operation, PAUSED_OPTION)


@provokes("option_closed", *STARTS)
def of_a_closed_option_at_once(world: World, operation: str) -> Response:
    return _ask_northwind(world, operation, CLOSED_OPTION)


@provokes("slot_unavailable", *STARTS)
def at_a_time_that_is_not_on_offer(world: World, operation: str) -> Response:
    body = {"number": fresh_number(), "start_time": "2017-08-07T03:00:00-04:00"}
    return world.caller().ask(operation, json=body)


@provokes("duplicate_callback", "startCallback")
def for_the_second_time(world: World, operation: str) -> Response:
    caller, body = world.caller(), {"number": fresh_number()}
    assert caller.ask(operation, json=body).status_code == 201
    return caller.ask(operation, json=body)


@provokes("idempotency_in_progress", "startCallback")
def while_the_first_request_runs(world: World, operation: str) -> Response:
    caller, headers = world.caller(), {"Idempotency-Key": KEY}
    body, arrived = {"number": fresh_number()}, len(world.simulator.calls())
    world.simulator.fault("callback", latency_ms=1500)
    first = Thread(target=lambda: caller.ask(operation, json=body, headers=headers))
    first.start()
    poll(lambda: len(world.simulator.calls()) > arrived)
    second = caller.ask(operation, json=body, headers=headers)
    first.join()
    return second


@provokes("idempotency_key_reused", "startCallback")
def with_a_key_of_another_body(world: World, operation: str) -> Response:
    caller, headers = world.caller(), {"Idempotency-Key": KEY}
    assert caller.ask(operation, headers=headers).status_code == 201
    return caller.ask(operation, headers=headers)


@provokes("callback_final", *STARTS)
def to_replace_one_that_has_ended(world: World, operation: str) -> Response:
    body = {"number": fresh_number(), "replaces": world.ended()}
    return world.caller().ask(operation, json=body)


@provokes("rate_limited", *FORMS, *STARTS, *CALLS)
def for_the_second_time_in_a_minute(world: World, operation: str) -> Response:
    caller = world.caller(LIMIT_START="1/minute", LIMIT_READ="1/minute")
    caller.ask(operation)
    return caller.ask(operation)


@provokes("internal_error", *FORMS, *STARTS, *CALLS)
def with_a_client_that_breaks(world: World, operation: str) -> Response:
    caller = world.caller(fonolo=cast(FonoloClient, BrokenFonolo()))
    return caller.ask(operation, id=world.started())


@provokes("upstream_error", *FORMS, *STARTS)
def when_fonolo_refuses_the_configuration(world: World, operation: str) -> Response:
    world.simulator.fault("profile", mode="refuse")
    return world.caller().ask(operation)


@provokes("upstream_error", *CALLS)
def when_fonolo_talks_nonsense(world: World, operation: str) -> Response:
    id = world.started()
    world.simulator.fault("*", mode="html")
    return world.caller().ask(operation, id=id)


@provokes("upstream_unavailable", *FORMS, *STARTS, *CALLS)
def when_fonolo_is_away(world: World, operation: str) -> Response:
    return world.lonely_caller().ask(operation, id=world.started())


@provokes("captcha_unavailable", "startCallback")
def when_the_captchas_provider_is_away(world: World, operation: str) -> Response:
    caller = world.caller(**captcha(NOWHERE))
    return caller.ask(operation, json={"number": fresh_number(), "captcha_token": "token"})


@provokes("starts_disabled", "startCallback")
def while_starts_are_off(world: World, operation: str) -> Response:
    return world.caller(STARTS="off").ask(operation)


@provokes("outcome_unknown", "startCallback")
def when_nothing_readable_comes_back(world: World, operation: str) -> Response:
    return world.caller().ask(operation, json={"number": "14163660006"})


def test_every_promised_problem_has_a_provocation() -> None:
    promised = {(each.id, code) for each in operations().values() for code in each.codes()}
    assert set(PROVOCATIONS) == promised


@pytest.mark.parametrize(("operation", "code"), PROVOCATIONS)
def test_a_promised_problem_is_answered_as_described(
    world: World, operation: str, code: str
) -> None:
    response = PROVOCATIONS[operation, code](world, operation)
    assert hold(operation, response)["code"] == code


@pytest.mark.parametrize(
    ("budget", "scope"),
    [("LIMIT_NUMBER", "number"), ("LIMIT_PREFIX", "number"), ("LIMIT_START_GLOBAL", "global")],
)
def test_a_ring_budget_that_is_used_up_says_whose_it_is(
    world: World, budget: str, scope: str
) -> None:
    caller = world.caller(**{budget: "1/minute", "DUPLICATE_WINDOW": "0"})
    body = {"number": fresh_number()}
    assert caller.ask("startCallback", json=body).status_code == 201
    assert hold("startCallback", caller.ask("startCallback", json=body))["scope"] == scope


def test_reads_of_a_status_count_for_the_call_whoever_reads(world: World) -> None:
    caller = world.caller(LIMIT_STATUS="1/minute", LIMIT_READ="1/minute")
    watched, other = world.started(), world.started()
    assert caller.ask("getCallback", id=watched).headers["X-RateLimit-Remaining"] == "0"
    assert hold("getCallback", caller.ask("getCallback", id=watched))["scope"] == "callback"
    assert caller.ask("getCallback", id=other).status_code == 200
    assert caller.ask("getCallback", id=f"{watched[:-2]}xx").status_code == 404
    assert hold("getCallback", caller.ask("getCallback", id="forged"))["scope"] == "client"


def test_an_unknown_outcome_is_replayed_for_its_key_and_rings_once(world: World) -> None:
    caller, body = world.caller(), {"number": "14163660007"}
    arrived = len(world.simulator.calls())
    first, second = (
        caller.ask("startCallback", json=body, headers={"Idempotency-Key": KEY}) for _ in range(2)
    )
    assert hold("startCallback", first)["code"] == "outcome_unknown"
    assert hold("startCallback", second)["code"] == "outcome_unknown"
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(world.simulator.calls()) == arrived + 1


def _ask_northwind(world: World, operation: str, option: str) -> Response:
    body = {
        "number": fresh_number(),
        "option": option,
        "questions": {"account_number": "12345"},
    }
    return world.caller().ask(operation, alias="northwind", json=body)
