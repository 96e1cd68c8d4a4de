"""Phone numbers: digits as typed -> E.164 digits, or the one reason why not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberType,
    ValidationResult,
    phonenumberutil,
)

from service.errors import FieldError

POLICIES = ("digits", "possible", "valid")
#: The countries that share a calling code with others and are allowed with it by default.
_SHARED = {"1": frozenset({"US", "CA"})}

_IMPOSSIBLE = FieldError(
    "/number", "number_impossible", "No such number: check its length and its country code."
)


@dataclass(frozen=True, slots=True)
class NumberRules:
    """Which numbers may be called.

    `policy` is one of POLICIES. `countries` are ISO codes; empty: those of the default country;
    None: all. `blocked_types` are libphonenumber's type names in lower case.
    """

    policy: str = "possible"
    countries: frozenset[str] | None = frozenset()
    blocked_types: frozenset[str] = frozenset({"premium_rate", "shared_cost"})

    def countries_for(self, calling_code: str | None) -> frozenset[str] | None:
        """List the ISO codes allowed where `calling_code` is the default; None: all."""
        if self.countries is None or self.countries:
            return self.countries
        if calling_code in _SHARED:
            return _SHARED[calling_code]
        region = _region(calling_code)
        return frozenset({region}) if region else frozenset()


class _Reading:
    """One way to read digits; what libphonenumber says of it is asked for once."""

    def __init__(self, number: PhoneNumber) -> None:
        self._number = number
        self._national = phonenumbers.national_significant_number(number)
        self.e164 = f"{number.country_code}{self._national}"

    @cached_property
    def _region(self) -> str | None:
        region: str | None = phonenumbers.region_code_for_number(self._number)
        return region

    @cached_property
    def _type(self) -> int:
        """Its `number_type`, without looking for its region a second time: that is costly."""
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(
            self._number.country_code or 0,
            self._region,  # type: ignore[arg-type]  # None is a region without metadata
        )
        if metadata is None:
            return int(PhoneNumberType.UNKNOWN)
        return int(phonenumberutil._number_type_helper(self._national, metadata))

    @property
    def type(self) -> str:
        """libphonenumber's name of its type, in lower case."""
        return str(PhoneNumberType.to_string(self._type)).lower()

    @property
    def is_valid(self) -> bool:
        """Whether it is in an assigned range: such numbers, and no others, have a type."""
        return self._type != PhoneNumberType.UNKNOWN

    @property
    def is_possible(self) -> bool:
        """Whether its length fits its country: so does that of a valid one."""
        if self.is_valid:
            return True
        reason = phonenumbers.is_possible_number_with_reason(self._number)
        return bool(reason == ValidationResult.IS_POSSIBLE)

    @property
    def country(self) -> str:
        """The ISO country; where it cannot be told, its calling code's main one."""
        return str(
            self._region
            or phonenumbers.region_code_for_country_code(self._number.country_code or 0)
        )


def read_number(digits: str, calling_code: str | None, rules: NumberRules) -> str | FieldError:
    """Read what a customer typed, where `calling_code` is the default country's.

    Returns 7 to 15 ASCII digits, country code first (E.164 without its +), or the fault.
    """
    if not re.fullmatch(r"[0-9]+", digits):
        return FieldError(
            "/number", "number_not_digits", "Give digits only: no +, spaces or dashes."
        )
    number = _choose(_readings(digits, calling_code), rules.policy)
    if number is None:
        return _IMPOSSIBLE
    allowed = rules.countries_for(calling_code)
    if allowed is not None and number.country not in allowed:
        return FieldError(
            "/number", "number_country_not_allowed", "Numbers of that country are not called."
        )
    if rules.blocked_types and number.type in rules.blocked_types:
        return FieldError("/number", "number_type_blocked", "Numbers of that kind are not called.")
    return number.e164


def _readings(digits: str, calling_code: str | None) -> Iterator[_Reading]:
    """Yield the ways to read the digits, the likeliest first."""
    international = _parse(f"+{digits}", None)
    begins_with_code = calling_code and digits.startswith(calling_code)
    if international and begins_with_code and international.is_valid:
        yield international
    region = _region(calling_code)
    national = _parse(digits, region) if region else None
    if national:
        yield national
    if international:
        yield international


def _choose(readings: Iterator[_Reading], policy: str) -> _Reading | None:
    """Take the first reading that the policy admits.

    Under `digits` a reading whose length fits its country goes before one that merely has 7 to
    15 digits: `442071838750` is a British number, not +1 442071838750.
    """
    dialable = (reading for reading in readings if 7 <= len(reading.e164) <= 15)
    if policy == "valid":
        return next((each for each in dialable if each.is_valid), None)
    if policy == "possible":
        return next((each for each in dialable if each.is_possible), None)
    kept = list(dialable)
    return next((each for each in kept if each.is_possible), next(iter(kept), None))


def _parse(text: str, region: str | None) -> _Reading | None:
    try:
        return _Reading(phonenumbers.parse(text, region))
    except NumberParseException:
        return None


@lru_cache(256)
def _region(calling_code: str | None) -> str | None:
    """Name the main country of a calling code; None for no or no known code."""
    if not calling_code or not re.fullmatch(r"[0-9]{1,3}", calling_code):
        return None
    region = str(phonenumbers.region_code_for_country_code(int(calling_code)))
    return None if region in {phonenumbers.UNKNOWN_REGION, "001"} else region
