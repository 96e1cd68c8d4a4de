"""Whose phone is meant: digits as typed -> E.164 digits, or the one reason why not.

No phone rings on a guess. The first that holds decides (docs/decisions/0012-whose-number.md):

1. The digits are exactly how a valid number of the country at hand is written nationally.
2. They begin with that country's calling code and are a valid number.
3. One of the readings, national and international, is valid; two that differ are ambiguous.
4. None is valid and one is possible; two that differ are ambiguous.

The country at hand is the one that the caller names, and then no other counts, or else the
default country. The operator's policy says how strict a number must be, not which one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence

from service.callbacks.countries import calling_code_of, main_country
from service.callbacks.number_rules import NumberRules
from service.callbacks.phone_reading import (
    PhoneReading,
    read_after_prefix,
    read_internationally,
    read_nationally,
)
from service.errors import FieldError

#: A number has so many digits at the least; shorter entries of a list are beginnings.
_SHORTEST = 7
_NOT_DIGITS = FieldError(
    "/number", "number_not_digits", "Give digits only: no +, spaces or dashes."
)
_IMPOSSIBLE = FieldError(
    "/number", "number_impossible", "No such number: check its length and its country code."
)
_AMBIGUOUS = FieldError(
    "/number",
    "number_ambiguous",
    "These digits fit two phone numbers: say which `country` they are of,"
    " or begin with 00 and the country code.",
)
_COUNTRY = FieldError(
    "/number", "number_country_not_allowed", "Numbers of that country are not called."
)
_TYPE = FieldError("/number", "number_type_blocked", "Numbers of that kind are not called.")
_BLOCKED = FieldError("/number", "number_blocked", "This number is not called.")


def read_number(
    digits: str,
    calling_code: str | None,
    rules: NumberRules,
    *,
    country: str | None = None,
    blocked: Container[str] = (),
) -> PhoneReading | FieldError:
    """Return the number that may be called, or the fault.

    `calling_code` is the default country's; `country` is the ISO code that the caller names.
    """
    not_digits = check_digits(digits)
    if not_digits:
        return not_digits
    readings = possible_readings(digits, calling_code, country)
    return _choose(readings, calling_code, rules, blocked)


def read_e164(
    digits: str, calling_code: str | None, rules: NumberRules, *, blocked: Container[str] = ()
) -> PhoneReading | FieldError:
    """Return the number that may be called, its digits read as E.164 only, or the fault.

    `calling_code` is the default country's, for the rule about countries.
    """
    reading = read_internationally(digits)
    return check_digits(digits) or _choose(
        [reading] if reading else [], calling_code, rules, blocked
    )


def may_be(
    digits: str, e164: str, calling_code: str | None, rules: NumberRules, country: str | None
) -> bool:
    """Tell whether the digits can be read as this number."""
    readings = possible_readings(digits, calling_code, country)
    return any(reading.e164 == e164 for reading in likeliest(readings, rules.policy))


def _choose(
    readings: Sequence[PhoneReading],
    calling_code: str | None,
    rules: NumberRules,
    blocked: Container[str],
) -> PhoneReading | FieldError:
    """Return the one number that is meant and may be called, or the fault."""
    phones = likeliest(readings, rules.policy)
    if len(phones) == 1 and (phones[0].is_valid or rules.policy != "valid"):
        return _forbidden(phones[0], calling_code, rules, blocked) or phones[0]
    if any(reading.is_valid for reading in phones):
        return _AMBIGUOUS
    if any(reading.is_emergency or _is_blocked_type(reading, rules) for reading in readings):
        return _TYPE
    return _AMBIGUOUS if len(phones) > 1 else _IMPOSSIBLE


def check_digits(text: str) -> FieldError | None:
    """Return what is wrong with a number that is not made of ASCII digits alone."""
    return None if re.fullmatch(r"[0-9]+", text) else _NOT_DIGITS


def possible_readings(
    digits: str, calling_code: str | None, country: str | None = None
) -> list[PhoneReading]:
    """List the numbers that the digits can be read as: only one where rule 1 or 2 holds."""
    code = calling_code_of(country) if country else main_country(calling_code) and calling_code
    national = read_nationally(digits, code) if code else None
    local = _local(digits, code, national) if code else None
    if local:
        return [local]
    after_prefix = read_after_prefix(digits, calling_code)
    readings = [*filter(None, [read_internationally(digits)]), *after_prefix]
    if country:
        readings = [reading for reading in readings if reading.calling_code == code]
    # What follows an international prefix is a national number only where that is a valid one.
    if national and (national.is_valid or not after_prefix):
        readings.append(national)
    return readings


def likeliest(readings: Iterable[PhoneReading], policy: str) -> list[PhoneReading]:
    """List the valid numbers, else the possible ones, else under `digits` all; each once."""
    dialable = list({reading.e164: reading for reading in readings if reading.is_dialable}.values())
    return (
        [reading for reading in dialable if reading.is_valid]
        or [reading for reading in dialable if reading.is_possible]
        or (dialable if policy == "digits" else [])
    )


def _local(digits: str, code: str, national: PhoneReading | None) -> PhoneReading | None:
    """Return the number of this calling code for which the digits are the usual writing.

    `national` is what they are within the calling code.
    """
    if national and national.is_written(digits) and national.is_valid:
        return national
    international = read_internationally(digits) if digits.startswith(code) else None
    return international if international and international.is_valid else None


def _forbidden(
    reading: PhoneReading, calling_code: str | None, rules: NumberRules, blocked: Container[str]
) -> FieldError | None:
    """Return why the number is not called; digits beyond a number's end get round no rule."""
    allowed = rules.countries_for(calling_code)
    if allowed is not None and reading.dialled.country not in allowed:
        return _COUNTRY
    if reading.is_short or reading.reaches_emergency or _is_blocked_type(reading, rules):
        return _TYPE
    if blocked and _is_blocked(reading.e164, blocked):
        return _BLOCKED
    return None


def _is_blocked(e164: str, blocked: Container[str]) -> bool:
    """Tell whether the list has the number, or a valid one that its digits begin with."""
    beginnings = (e164[:length] for length in range(_SHORTEST, len(e164)))
    return e164 in blocked or any(
        beginning in blocked and (shorter := read_internationally(beginning)) and shorter.is_valid
        for beginning in beginnings
    )


def _is_blocked_type(reading: PhoneReading, rules: NumberRules) -> bool:
    return reading.dialled.type in rules.blocked_types
