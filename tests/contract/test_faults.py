"""Every fault of a body that openapi.yaml promises is really told, and where it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.calling import NOWHERE, World, captcha, fresh_number, site_verify
from tests.contract.description import DOCUMENT, hold

STARTS = ("startCallback", "validateCallback")

#: errors[].code -> the pointer, the alias, what the body has more than a good number.
FAULTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "required": ("/number", "default", {"number": None}),
    "invalid": ("/sms_optin", "default", {"sms_optin": "yes"}),
    "unknown_field": ("/numbre", "default", {"numbre": "1"}),
    "number_not_digits": ("/number", "default", {"number": "+1 416 366 2500"}),
    "number_impossible": ("/number", "default", {"number": "12"}),
    "number_ambiguous": ("/number", "default", {"number": "4380220193"}),
    "number_country_not_allowed": ("/number", "default", {"number": "442071838750"}),
    "number_type_blocked": ("/number", "default", {"number": "19002345678"}),
    "unknown_option": ("/option", "default", {"option": "CO" + "f" * 32}),
    "option_required": ("/option", "unasked", {}),
    "unknown_question": ("/questions/shoe~1size", "default", {"questions": {"shoe/size": "9"}}),
    "question_not_allowed": (
        "/questions/agent_name", "northwind", {"questions": {"agent_name": "x"}},
    ),
    "question_required": ("/questions/account_number", "northwind", {}),
    "question_not_digits": (
        "/questions/account_number", "default", {"questions": {"account_number": "one"}},
    ),
    "question_length": (
        "/questions/account_number", "default", {"questions": {"account_number": "1" * 11}},
    ),
    "question_invalid": (
        "/questions/first_and_last_name", "default", {"questions": {"first_and_last_name": "{{x"}},
    ),
    "sms_not_enabled": ("/sms_optin", "default", {"sms_optin": True}),
    "unknown_callback": ("/replaces", "default", {"replaces": "forged"}),
    "scheduling_not_enabled": ("/start_time", "unasked", {"start_time": "2017-08-07 21:30:00"}),
}  # fmt: skip


def test_every_promised_fault_is_found_by_a_test_below() -> None:
    promised = set(DOCUMENT["components"]["schemas"]["FaultCode"]["enum"])
    assert set(FAULTS) | {"number_blocked", "captcha_required", "captcha_failed"} == promised


@pytest.mark.parametrize("operation", STARTS)
@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_of_the_body_is_told_where_it_is(world: World, operation: str, code: str) -> None:
    pointer, alias, more = FAULTS[code]
    response = world.caller().ask(operation, alias=alias, json={"number": fresh_number(), **more})
    errors = hold(operation, response)["errors"]
    assert (pointer, code) in [(each["pointer"], each["code"]) for each in errors]


def test_a_blocked_number_is_told_on_a_start_only(world: World) -> None:
    number = fresh_number()
    caller = world.caller(NUMBERS_BLOCKED=f"4930*,{number[:-1]}*")
    errors = hold("startCallback", caller.ask("startCallback", json={"number": number}))["errors"]
    assert [(each["pointer"], each["code"]) for each in errors] == [("/number", "number_blocked")]
    assert caller.ask("validateCallback", json={"number": number}).status_code == 204


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"true", b"null"])
def test_a_body_that_is_no_object_is_one_fault(world: World, body: bytes) -> None:
    response = world.caller().ask("validateCallback", data=body, content_type="application/json")
    errors = hold("validateCallback", response)["errors"]
    assert [(each["pointer"], each["code"]) for each in errors] == [("", "invalid")]


def test_a_captcha_that_is_asked_for_is_required_alone(world: World) -> None:
    caller = world.caller(**captcha(NOWHERE))
    errors = hold("startCallback", caller.ask("startCallback"))["errors"]
    assert [each["code"] for each in errors] == ["captcha_required"]


def test_a_captcha_that_was_not_passed_stands_alone(world: World) -> None:
    with site_verify(b'{"success": false}') as url:
        body = {"number": fresh_number(), "captcha_token": "token"}
        response = world.caller(**captcha(url)).ask("startCallback", json=body)
    errors = hold("startCallback", response)["errors"]
    assert [each["code"] for each in errors] == ["captcha_failed"]


def test_a_captcha_that_was_passed_lets_the_start_through(world: World) -> None:
    with site_verify(b'{"success": true}') as url:
        body = {"number": fresh_number(), "captcha_token": "token"}
        response = world.caller(**captcha(url)).ask("startCallback", json=body)
    assert response.status_code == 201
    hold("startCallback", response)
