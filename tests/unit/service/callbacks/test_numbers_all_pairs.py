"""libphonenumber's examples of every country, typed at the centre of every other country.

The figures stand in docs/decisions/0012-whose-number.md; `pytest --junit-xml=FILE` writes them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from service.callbacks.number_rules import NumberRules
from service.callbacks.numbers import read_number
from service.callbacks.phone_reading import PhoneReading
from service.errors import FieldError

EVERYWHERE = NumberRules(countries=None, blocked_types=frozenset())
COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLES = [
    (country, example)
    for country in COUNTRIES
    for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
    if (example := phonenumbers.example_number_for_type(country, kind))
]


@pytest.mark.long
def test_a_phone_not_meant_rings_only_where_the_digits_are_its_own_local_writing(
    record_property: Callable[[str, object], None],
) -> None:
    results: Counter[str] = Counter()
    for calling_code, number in _foreign_numbers():
        digits = _e164(number)
        result = read_number(digits, calling_code, EVERYWHERE)
        if isinstance(result, FieldError):
            assert result.code == "number_ambiguous", (digits, calling_code)
            results["ambiguous"] += 1
        elif result.e164 == digits:
            results["right"] += 1
        else:
            local = phonenumbers.parse(f"+{result.e164}")
            assert _national_writing(local) == digits, (digits, calling_code, result)
            assert phonenumbers.is_valid_number(local)
            results["local writing"] += 1
    record_property("foreign numbers", dict(results))
    assert results["right"] >= 0.97 * results.total()
    assert results["local writing"] <= 0.008 * results.total()


def test_a_countrys_own_spellings_are_read_right_and_never_wrong(
    record_property: Callable[[str, object], None],
) -> None:
    results: Counter[str] = Counter()
    for _, calling_code, digits, expected in _own_spellings():
        result = read_number(digits, calling_code, EVERYWHERE)
        if isinstance(result, FieldError):
            assert result.code == "number_ambiguous", (digits, calling_code)
            results["ambiguous"] += 1
        else:
            assert result.e164 == expected, (digits, calling_code)
            results["right"] += 1
    record_property("own spellings", dict(results))
    assert results["right"] >= 0.99 * results.total()


@pytest.mark.parametrize("centre", [None, "1", "49", "39", "7", "81"])
def test_with_a_country_every_spelling_is_read_right_at_any_centre(centre: str | None) -> None:
    for country, _, digits, expected in _own_spellings():
        result = read_number(digits, centre, EVERYWHERE, country=country)
        assert isinstance(result, PhoneReading)
        assert result.e164 == expected


#: Valid numbers whose E.164 digits are valid national writing of their own country as well.
TWO_PHONES = [("BR", "5540041234"), ("IT", "3908741234"), ("VA", "3906698123")]


@pytest.mark.parametrize("centre", [None, "1", "49", "39", "55", "61", "7", "81"])
def test_with_a_country_what_begins_with_00_is_that_number_at_any_centre(
    centre: str | None,
) -> None:
    """So the widget sends a short one that was typed with a +."""
    for country, e164 in [*TWO_PHONES, *((each, _e164(number)) for each, number in EXAMPLES)]:
        result = read_number(f"00{e164}", centre, EVERYWHERE, country=country)
        assert isinstance(result, PhoneReading), (e164, country)
        assert result.e164 == e164


@pytest.mark.long
def test_with_a_country_eleven_digits_and_more_are_never_another_phone() -> None:
    """So the widget sends those as they are."""
    chance = random.Random(5)  # reproducible on purpose
    read: Counter[bool] = Counter()
    for country, example in EXAMPLES:
        code = str(example.country_code)
        for own in (code, ""):  # the worst begin with their own calling code
            for _ in range(100):
                digits = code + own + "".join(chance.choices("0123456789", k=chance.randint(4, 10)))
                number = phonenumbers.parse(f"+{digits}")
                if phonenumbers.is_valid_number(number) and digits == _e164(number):
                    result = read_number(digits, code, EVERYWHERE, country=country)
                    is_right = isinstance(result, PhoneReading) and result.e164 == digits
                    assert is_right or len(digits) < 11, (digits, country)
                    read[is_right] += 1
    assert read[True] > 2000
    assert read[False]


def _foreign_numbers() -> Iterator[tuple[str, PhoneNumber]]:
    """Yield every calling code with every example number of another.

    They come in blocks, for `re` to have the patterns of a block at hand.
    """
    calling_codes = sorted({phonenumbers.country_code_for_region(each) for each in COUNTRIES})
    for start in range(0, len(EXAMPLES), 40):
        for code in calling_codes:
            for _, number in EXAMPLES[start : start + 40]:
                if number.country_code != code:
                    yield str(code), number


def _own_spellings() -> Iterator[tuple[str, str, str, str]]:
    """Yield country, calling code, spelling and E.164 digits of every example, three ways."""
    for country, number in EXAMPLES:
        significant = phonenumbers.national_significant_number(number)
        for digits in {_national_writing(number), significant, _e164(number)}:
            yield country, str(number.country_code), digits, _e164(number)


def _e164(number: PhoneNumber) -> str:
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"


def _national_writing(number: PhoneNumber) -> str:
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return str(phonenumbers.normalize_digits_only(national))
