"""The ways in which digits can be read as a phone number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

from service.callbacks.countries import main_country

#: How many digits an emergency number has, anywhere: others need not be compared with those of
#: each country that shares a calling code.
EMERGENCY_LENGTHS = range(2, 7)


class PhoneReading:
    """One phone number that digits may stand for; libphonenumber is asked once for each fact."""

    def __init__(self, number: PhoneNumber) -> None:
        self._number = number
        self._national = phonenumbers.national_significant_number(number)
        self.calling_code = str(number.country_code)
        self.e164 = self.calling_code + self._national

    @cached_property
    def is_valid(self) -> bool:
        """Whether it is in an assigned range: such numbers, and no others, have a type."""
        return self._type != PhoneNumberType.UNKNOWN

    @property
    def is_possible(self) -> bool:
        """Whether its length fits its country; that of a valid number does."""
        if self.is_valid:
            return True
        reason = phonenumbers.is_possible_number_with_reason(self._number)
        return bool(reason == ValidationResult.IS_POSSIBLE)

    @property
    def is_dialable(self) -> bool:
        """Whether it has the 7 to 15 digits of E.164."""
        return not self._is_too_short and len(self.e164) <= 15

    @property
    def is_emergency(self) -> bool:
        """Whether its digits, without the calling code, are an emergency number of its country."""
        short = len(self._national) in EMERGENCY_LENGTHS
        return short and _is_emergency(self._national, tuple(self._countries))

    @property
    def reaches_emergency(self) -> bool:
        """Whether it begins with an emergency number, and is no valid number itself.

        In most countries the digits that follow are passed over.
        """
        first = self._national[: EMERGENCY_LENGTHS[-1]]
        return not self.is_valid and _reaches_emergency(first, tuple(self._countries))

    @property
    def is_short(self) -> bool:
        """Whether its digits, without the calling code, are a short number of its country.

        Emergency numbers are among them.
        """
        return any(
            phonenumbers.is_valid_short_number_for_region(self._number, country)
            for country in self._countries
        )

    @cached_property
    def dialled(self) -> PhoneReading:
        """The longest valid number that its digits begin with, itself where there is none.

        Exchanges may ring that one and pass over the digits that follow.
        """
        if self.is_valid or self._is_too_short:
            return self
        shorter = PhoneNumber()
        shorter.merge_from(self._number)
        is_valid = phonenumbers.truncate_too_long_number(shorter)
        return PhoneReading(shorter) if is_valid else self

    @property
    def type(self) -> str:
        """libphonenumber's name of its type, in lower case."""
        return str(PhoneNumberType.to_string(self._type)).lower()

    @property
    def country(self) -> str:
        """The ISO country; where it cannot be told, its calling code's main one."""
        return self._countries[0]

    def is_written(self, digits: str) -> bool:
        """Tell whether it is written so: in E.164 or in its national format, digit for digit."""
        if digits == self.e164:
            return True
        national_format = phonenumbers.format_number(self._number, PhoneNumberFormat.NATIONAL)
        return digits == re.sub(r"[^0-9]", "", national_format)

    @property
    def _is_too_short(self) -> bool:
        """Whether it can ring nobody: libphonenumber would look through every country for it."""
        return len(self.e164) < 7

    @cached_property
    def _countries(self) -> Sequence[str]:
        """Its country; where it cannot be told, all with its calling code, the main one first."""
        country = not self._is_too_short and phonenumbers.region_code_for_number(self._number)
        regions = phonenumbers.region_codes_for_country_code(int(self.calling_code))
        return (country,) if country else tuple(regions)

    @cached_property
    def _type(self) -> int:
        if self._is_too_short:
            return int(PhoneNumberType.UNKNOWN)
        return int(phonenumbers.number_type(self._number))


@lru_cache(4096)
def _is_emergency(digits: str, countries: tuple[str, ...]) -> bool:
    """Tell whether the few digits are an emergency number of one of the countries.

    Its results are kept: +1 has 25 countries, and who types two digits does so again.
    """
    return any(phonenumbers.is_emergency_number(digits, country) for country in countries)


@lru_cache(4096)
def _reaches_emergency(first_digits: str, countries: tuple[str, ...]) -> bool:
    """Tell whether a number with these first digits reaches an emergency service there."""
    return any(
        phonenumbers.connects_to_emergency_number(first_digits, country) for country in countries
    )


#: Mexico's prefixes until 2019, which libphonenumber takes off no longer: of mobiles from abroad
#: (52 1 55 … is 52 55 …), and within the country.
_MEXICO_FROM_ABROAD = re.compile(r"(?<=^52)(1|0[12]|04[45])(?=[2-9](?:[0-9]{9}|[0-9]*\*)$)")
_MEXICO_WITHIN = re.compile(r"(?<=^52)(0[12]|04[45])(?=[2-9][0-9]{9}$)")


def put_right(e164: str) -> str:
    """Return the digits as they are dialled today: an old writing that still rings is another.

    A beginning of a number ends with `*`.
    """
    return _MEXICO_FROM_ABROAD.sub("", e164)


def read_nationally(digits: str, calling_code: str) -> PhoneReading | None:
    """Read the digits as those of a number within the calling code, trunk prefix or none."""
    return _parse(_MEXICO_WITHIN.sub("", calling_code + digits))


def read_internationally(digits: str) -> PhoneReading | None:
    """Read the digits as a number that begins with its calling code."""
    return _parse(put_right(digits))


def read_after_prefix(digits: str, calling_code: str | None) -> list[PhoneReading]:
    """Read what follows an international prefix: that of the calling code's country, or 00."""
    country = main_country(calling_code)
    metadata = PhoneMetadata.metadata_for_region(country) if country else None
    own = metadata.international_prefix if metadata else None
    lengths = {match.end() for prefix in ("00", own) if (match := re.match(prefix or "00", digits))}
    return [reading for length in lengths if (reading := read_internationally(digits[length:]))]


def _parse(digits: str) -> PhoneReading | None:
    try:
        return PhoneReading(phonenumbers.parse(f"+{digits}"))
    except NumberParseException:
        return None
