"""What of a request is good: its number by phonenumbers, its option, its answers."""

from __future__ import annotations

from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberType
from pydantic import BaseModel, ConfigDict, Field

_ALLOWED = {"US", "CA", "PR", "GU", "VI", "AS", "MP"}
_BLOCKED = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER,
}
_CODES = {"missing": "required", "string_too_short": "required", "extra_forbidden": "unknown_field"}


class CallbackRequest(BaseModel):
    """The body of a start."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: str = Field(min_length=1)
    option: str | None = None
    start_time: str | None = None
    sms_optin: bool | None = None
    questions: dict[str, str] = {}


def fault(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": code.replace("_", " ")}


def shape_fault(error: Any) -> dict[str, str]:
    """Say what pydantic found, as our API does."""
    return fault(
        "".join(f"/{part}" for part in error["loc"][1:]), _CODES.get(error["type"], "invalid")
    )


def read_number(digits: str) -> tuple[str, str]:
    """Return E.164 digits, and the code of what is wrong, empty where nothing is."""
    if not (digits.isascii() and digits.isdigit()):
        return "", "number_not_digits"
    readings = []
    for text, region in ((digits, "US"), (f"+{digits}", None)):
        try:
            readings.append(phonenumbers.parse(text, region))
        except phonenumbers.NumberParseException:
            continue
    good = next(filter(phonenumbers.is_valid_number, readings), None) or next(
        filter(phonenumbers.is_possible_number, readings), None
    )
    if good is None:
        return "", "number_impossible"
    region = phonenumbers.region_code_for_number(good)
    if region and region not in _ALLOWED:
        return "", "number_country_not_allowed"
    if phonenumbers.number_type(good) in _BLOCKED:
        return "", "number_type_blocked"
    return phonenumbers.format_number(good, phonenumbers.PhoneNumberFormat.E164)[1:], ""


def check(
    body: CallbackRequest, options: list[Any], questions: list[Any]
) -> tuple[list[dict[str, str]], str, Any]:
    """Return the faults of a body, its number and its option."""
    number, code = read_number(body.number)
    faults = [fault("/number", code)] if code else []
    option = next((each for each in options if each["sid"] == body.option), None)
    if option is None:
        faults.append(fault("/option", "unknown_option" if body.option else "option_required"))
    asked = {each["key"]: each for each in questions}
    for key, answer in body.questions.items():
        if found := _answer_fault(asked.get(key), answer):
            faults.append(fault(f"/questions/{key}", found))
    faults += [
        fault(f"/questions/{key}", "question_required")
        for key, each in asked.items()
        if each["required"] and not body.questions.get(key)
    ]
    return faults, number, option


def _answer_fault(question: Any, answer: str) -> str:
    if question is None:
        return "unknown_question"
    if question["type"] == "numeric_input" and not (answer.isascii() and answer.isdigit()):
        return "question_not_digits"
    most = question["max_length"]
    return (
        "question_length"
        if len(answer) < question["min_length"] or (most and len(answer) > most)
        else ""
    )
