"""A request for a call-back: what a caller sent, held against the profile's configuration."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from service.callbacks.calls import ReplacedCall
from service.callbacks.countries import calling_code_of
from service.callbacks.identity import Identity
from service.callbacks.number_rules import NumberRules
from service.callbacks.numbers import check_digits, may_be, read_e164, read_number
from service.callbacks.phone_reading import PhoneReading
from service.callbacks.profile import Option, Profile
from service.callbacks.questions import check_answers
from service.callbacks.slots import read_start_time
from service.errors import FieldError, ValidationFailed

#: At most so many faults of one body are listed.
MAX_FIELD_ERRORS = 50
_NUMBER_REQUIRED = FieldError("/number", "required", "Give the phone number to call.")
_OTHER_NUMBER = FieldError(
    "/number", "invalid", "The host has signed another number: leave this one out."
)


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A body as it came: fields that are missing or malformed are None.

    `identity` is what the host has signed of who asks. `field_errors` are the faults of its form;
    the fields they point at are not checked further.
    """

    number: str | None = None
    option: str | None = None
    start_time: str | None = None
    sms_optin: bool | None = None
    questions: Mapping[str, str] = field(default_factory=dict)
    captcha_token: str | None = None
    country: str | None = None
    identity: Identity | None = None
    replaces: str | None = None
    field_errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class ValidatedRequest:
    """A request without a fault. `number` is E.164 digits; `start_time` None: now.

    `phone` is the number that may ring for it: the longest valid one that `number` begins with.
    `replaced` is the call-back that this one takes the place of.
    """

    number: str
    phone: str
    option: Option
    start_time: datetime | None
    sms_optin: bool | None
    answers: Mapping[str, str]
    replaced: ReplacedCall | None = None


@dataclass(frozen=True, slots=True)
class RequestRules:
    """What the operator allows; `zone` is that of times written without one."""

    zone: tzinfo
    numbers: NumberRules
    question_types: frozenset[str]


def check_request(
    request: CallbackRequest,
    profile: Profile,
    rules: RequestRules,
    blocked_numbers: Container[str] = (),
) -> ValidatedRequest:
    """Return the validated request; raise `ValidationFailed` with every fault of the body."""
    broken = {fault.pointer for fault in request.field_errors}
    faults = list(request.field_errors)
    option = _option(request.option, profile)
    country = _country(request.country)
    number = _number(
        request,
        profile if isinstance(option, FieldError) else option,
        rules.numbers,
        blocked_numbers,
        is_country_good=not country and "/country" not in broken,
    )
    start_time = _start_time(request.start_time, profile, rules.zone)
    answers, of_answers = check_answers(
        profile.questions,
        request.questions,
        rules.question_types,
        request.identity.answers if request.identity else {},
    )
    checked = [number, country, option, start_time, _sms(request.sms_optin, profile), *of_answers]
    faults += [
        fault
        for fault in checked
        if isinstance(fault, FieldError) and not _covered(fault.pointer, broken)
    ]
    if (
        faults
        or isinstance(option, FieldError)
        or number is None
        or isinstance(number, FieldError)
        or isinstance(start_time, FieldError)
    ):
        raise ValidationFailed(sorted(faults, key=_field_order)[:MAX_FIELD_ERRORS])
    optin = request.sms_optin if profile.sms else None
    return ValidatedRequest(number.e164, number.dialled.e164, option, start_time, optin, answers)


def _option(id: str | None, profile: Profile) -> Option | FieldError:
    if id is not None:
        return profile.option(id) or FieldError(
            "/option", "unknown_option", "The profile has no option with this id."
        )
    active = [option for option in profile.options if option.takes_immediate]
    able = active or [option for option in profile.options if option.takes_scheduled]
    if len(able) == 1:
        return able[0]
    return FieldError("/option", "option_required", "Choose one of the profile's options.")


def _number(
    request: CallbackRequest,
    where: Profile | Option,
    rules: NumberRules,
    blocked: Container[str],
    *,
    is_country_good: bool,
) -> PhoneReading | FieldError | None:
    """Return the number to call: the one that the host has signed, else the body's.

    None: nobody knows whose the body's digits are.
    """
    code = where.default_country
    if request.identity and request.identity.number is not None:
        signed = request.identity.number.removeprefix("+")
        number = read_e164(signed, code, rules, blocked=blocked)
        if isinstance(number, FieldError) or not (request.number and is_country_good):
            return number
        is_same = may_be(request.number, number.e164, code, rules, request.country)
        return check_digits(request.number) or (number if is_same else _OTHER_NUMBER)
    if not request.number:
        return _NUMBER_REQUIRED
    if not is_country_good:
        return check_digits(request.number)
    return read_number(request.number, code, rules, country=request.country, blocked=blocked)


def _country(code: str | None) -> FieldError | None:
    if code is None or calling_code_of(code):
        return None
    return FieldError("/country", "invalid", "Give an ISO 3166-1 country code such as US.")


def _start_time(text: str | None, profile: Profile, zone: tzinfo) -> datetime | FieldError | None:
    if text is None:
        return None
    if not profile.scheduling:
        return FieldError(
            "/start_time", "scheduling_not_enabled", "The profile takes no scheduled call-backs."
        )
    return read_start_time(text, zone) or FieldError(
        "/start_time", "invalid", "Give a slot's start_time: RFC 3339 with an offset."
    )


def _sms(optin: bool | None, profile: Profile) -> FieldError | None:
    if optin and not profile.sms:
        return FieldError(
            "/sms_optin", "sms_not_enabled", "The profile sends no SMS; leave this out."
        )
    return None


def _covered(pointer: str, broken: set[str]) -> bool:
    """Tell whether a fault of form at the pointer, or above it, was told already."""
    return any(pointer == prefix or pointer.startswith(prefix + "/") for prefix in broken)


_FIELDS = (
    "number",
    "country",
    "option",
    "start_time",
    "sms_optin",
    "questions",
    "captcha_token",
    "replaces",
)


def _field_order(fault: FieldError) -> int:
    name = fault.pointer.split("/")[1] if fault.pointer else ""
    return _FIELDS.index(name) if name in _FIELDS else len(_FIELDS)
