"""Countries (ISO 3166-1 alpha-2) and their calling codes, as libphonenumber has them."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

ALL_COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)


@lru_cache(256)
def main_country(calling_code: str | None) -> str | None:
    """Name the main country of a calling code; None for no or no known code."""
    if not calling_code or not re.fullmatch(r"[0-9]{1,3}", calling_code):
        return None
    country = str(phonenumbers.region_code_for_country_code(int(calling_code)))
    return country if country in ALL_COUNTRIES else None


def calling_code_of(country: str) -> str | None:
    """Return the calling code of a country; None for one that is not known."""
    if country not in ALL_COUNTRIES:
        return None
    return str(phonenumbers.country_code_for_region(country))


@lru_cache(256)
def number_example(country: str) -> str:
    """Return a number as it is written in the country, a mobile one where there is one."""
    number = phonenumbers.example_number_for_type(
        country, PhoneNumberType.MOBILE
    ) or phonenumbers.example_number(country)
    return str(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)) if number else ""


@lru_cache(256)
def number_formats(country: str) -> tuple[str, ...]:
    """Return how mobile and fixed numbers are written in the country, such as `0## ### ## ##`.

    Each `#` is a digit; a trunk prefix is written out.
    """
    formats = []
    for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
        number = phonenumbers.example_number_for_type(country, kind)
        if number:
            text = str(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
            significant = phonenumbers.national_significant_number(number)
            digits = re.sub(r"[^0-9]", "", text)
            trunk = digits.removesuffix(significant) if digits.endswith(significant) else ""
            formats.append(_with_trunk(re.sub(r"[0-9]", "#", text), trunk))
    return tuple(dict.fromkeys(formats))


def _with_trunk(pattern: str, trunk: str) -> str:
    for digit in trunk:
        pattern = pattern.replace("#", digit, 1)
    return pattern
