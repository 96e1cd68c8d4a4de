"""A request for a call-back: what a caller sent, held against the profile's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from service.callbacks.numbers import NumberRules, read_number
from service.callbacks.profile import ACTIVE, CLOSED, Option, Profile
from service.callbacks.questions import PUBLIC_TYPES, check_answers
from service.callbacks.slots import read_start_time
from service.errors import Fault, ValidationFailed

#: More faults of one body than these are not listed.
MOST_FAULTS = 50


@dataclass(frozen=True, slots=True)
class Submission:
    """A body as it came: fields that are missing or malformed are None.

    `faults` are those of its form; the fields they point at are not checked further.
    """

    number: str | None = None
    option: str | None = None
    start_time: str | None = None
    sms_optin: bool | None = None
    questions: Mapping[str, str] = field(default_factory=dict)
    captcha_token: str | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """A request without a fault: E.164 digits, an option, an instant or now, answers."""

    number: str
    option: Option
    start_time: datetime | None
    sms_optin: bool | None
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RequestRules:
    """What the operator allows; `zone` is that of times written without one."""

    zone: tzinfo
    numbers: NumberRules = field(default_factory=NumberRules)
    question_types: frozenset[str] = PUBLIC_TYPES


def check_request(submission: Submission, profile: Profile, rules: RequestRules) -> Order:
    """Return the order; raise `ValidationFailed` with every fault of the body."""
    broken = {fault.pointer for fault in submission.faults}
    faults = list(submission.faults)
    option = _option(submission.option, profile)
    number = _number(submission.number, option, profile, rules.numbers)
    start_time = _start_time(submission.start_time, profile, rules.zone)
    answers, of_answers = check_answers(
        profile.questions, submission.questions, rules.question_types
    )
    found = [number, option, start_time, _sms(submission.sms_optin, profile), *of_answers]
    faults += [
        fault for fault in found if isinstance(fault, Fault) and not _covered(fault.pointer, broken)
    ]
    if (
        faults
        or isinstance(option, Fault)
        or isinstance(number, Fault)
        or isinstance(start_time, Fault)
    ):
        raise ValidationFailed(sorted(faults, key=_field_order)[:MOST_FAULTS])
    optin = submission.sms_optin if profile.sms else None
    return Order(number, option, start_time, optin, answers)


def _option(id: str | None, profile: Profile) -> Option | Fault:
    if id is not None:
        return profile.option(id) or Fault(
            "/option", "unknown_option", "The profile has no option with this id."
        )
    for status in (ACTIVE, CLOSED):
        able = [option for option in profile.options if option.status == status]
        if len(able) == 1:
            return able[0]
        if able:
            break
    return Fault("/option", "option_required", "Choose one of the profile's options.")


def _number(
    digits: str | None, option: Option | Fault, profile: Profile, rules: NumberRules
) -> str | Fault:
    if digits is None:
        return Fault("/number", "required", "Give the phone number to call.")
    country = profile.default_country if isinstance(option, Fault) else option.default_country
    return read_number(digits, country, rules)


def _start_time(text: str | None, profile: Profile, zone: tzinfo) -> datetime | Fault | None:
    if text is None:
        return None
    if not profile.scheduling:
        return Fault(
            "/start_time", "scheduling_not_enabled", "The profile takes no scheduled call-backs."
        )
    return read_start_time(text, zone) or Fault(
        "/start_time", "invalid", "Give a slot's start_time: RFC 3339 with an offset."
    )


def _sms(optin: bool | None, profile: Profile) -> Fault | None:
    if optin and not profile.sms:
        return Fault("/sms_optin", "sms_not_enabled", "The profile sends no SMS; leave this out.")
    return None


def _covered(pointer: str, broken: set[str]) -> bool:
    """Tell whether a fault of form at the pointer, or above it, was told already."""
    return any(pointer == each or pointer.startswith(each + "/") for each in broken)


_FIELDS = ("number", "option", "start_time", "sms_optin", "questions", "captcha_token")


def _field_order(fault: Fault) -> int:
    name = fault.pointer.split("/")[1] if fault.pointer else ""
    return _FIELDS.index(name) if name in _FIELDS else len(_FIELDS)
