"""Whose phone is meant: digits as typed become one number, or are refused for one reason."""

from __future__ import annotations

from dataclasses import replace

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.callbacks.number_rules import POLICIES, NumberRules
from service.callbacks.numbers import read_number
from service.errors import FieldError

EVERYWHERE = NumberRules(countries=None, blocked_types=frozenset())
DEFAULT = NumberRules()


def outcome(
    typed: str,
    calling_code: str | None,
    rules: NumberRules = EVERYWHERE,
    *,
    country: str | None = None,
) -> str:
    """Return the number that the digits are read as, or the code of the refusal."""
    result = read_number(typed, calling_code, rules, country=country)
    if isinstance(result, FieldError):
        assert result.pointer == "/number"
        return result.code
    return result.e164


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("typed", "calling_code", "expected"),
    [
        # 1. Exactly how a valid number of the default country is written nationally.
        ("4163662500", "1", "14163662500"),
        ("02071838750", "44", "442071838750"),
        ("0612345678", "33", "33612345678"),
        ("0412345678", "61", "61412345678"),
        ("0236618300", "39", "390236618300"),
        ("3912345678", "39", "393912345678"),  # begins with 39, and is a mobile in Italy
        ("89161234567", "7", "79161234567"),
        ("00777012", "81", "8100777012"),  # begins with 00, and is free of charge in Japan
        # 2. Begin with the default country's code and are valid.
        ("14163662500", "1", "14163662500"),
        ("442071838750", "44", "442071838750"),
        ("491701234567", "49", "491701234567"),  # a valid national number too
        ("61412345678", "61", "61412345678"),
        ("4402071838750", "44", "442071838750"),  # the (0) after the code
        # 3. One reading is valid.
        ("2071838750", "44", "442071838750"),
        ("1701234567", "49", "491701234567"),
        ("442071838750", "1", "442071838750"),
        ("41791234567", "1", "41791234567"),
        # 3. Two are, and differ.
        ("41791234567", "49", "number_ambiguous"),
        ("15123456789", "49", "number_ambiguous"),  # +1 512 345 6789 or 0151 23456789
        # 4. None is valid and one is possible.
        ("11111111111", "1", {"valid": "number_impossible", None: "11111111111"}),
        # 4. Two are possible, and differ.
        ("5396477027", "49", "number_ambiguous"),
    ],
)
def test_the_first_rule_that_holds_says_whose_phone_is_meant_under_every_policy(
    policy: str, typed: str, calling_code: str, expected: str | dict[str | None, str]
) -> None:
    if isinstance(expected, dict):
        expected = expected.get(policy, expected[None])
    assert outcome(typed, calling_code, replace(EVERYWHERE, policy=policy)) == expected


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("41791234567", "CH", "41791234567"),
        ("0791234567", "CH", "41791234567"),
        ("791234567", "CH", "41791234567"),
        ("0041791234567", "CH", "41791234567"),
        ("41791234567", "DE", "4941791234567"),  # 04179 1234567, as it says
        ("15123456789", "DE", "4915123456789"),
        ("15123456789", "US", "15123456789"),
        ("4163662500", "US", "14163662500"),  # Canadian: a country stands for its code
        ("1534880000", "GB", "441534880000"),  # Jersey
        ("0041791234567", "DE", "number_impossible"),
        ("00442071838750", "US", "number_impossible"),
    ],
)
def test_with_a_country_the_digits_are_of_its_calling_code_and_of_no_other(
    policy: str, typed: str, country: str, expected: str
) -> None:
    rules = replace(EVERYWHERE, policy=policy)
    for calling_code in ("49", "1", None):
        assert outcome(typed, calling_code, rules, country=country) == expected


@pytest.mark.parametrize(
    ("typed", "calling_code", "expected"),
    [
        ("00442071838750", "49", "442071838750"),
        ("00491701234567", "49", "491701234567"),
        ("011442071838750", "1", "442071838750"),
        ("01114163662500", "1", "14163662500"),
        ("0011442071838750", "61", "442071838750"),
        ("010442071838750", "81", "442071838750"),
        ("810442071838750", "7", "442071838750"),
        ("0021442071838750", "55", "442071838750"),  # Brazil: 00 and a carrier
        ("996555123456", "358", "996555123456"),  # Kyrgyzstan; Finland had 996 as a prefix
        # 00 is nobody's prefix there, and no local number.
        ("00442071838750", "1", "442071838750"),
        ("00442071838750", "61", "442071838750"),
        ("00442071838750", "81", "442071838750"),
        ("00442071838750", "55", "442071838750"),
        ("00442071838750", None, "442071838750"),
        # Of no assigned range, but possible, both as they stand and after the prefix.
        ("0049155512345678", "49", "49155512345678"),
    ],
)
def test_an_international_prefix_leads_to_the_international_reading(
    typed: str, calling_code: str | None, expected: str
) -> None:
    assert outcome(typed, calling_code) == expected


def test_an_international_prefix_does_not_get_round_the_countries() -> None:
    for prefix in ("00", "011"):
        assert outcome(f"{prefix}442071838750", "1", DEFAULT) == "number_country_not_allowed"


@pytest.mark.parametrize(
    ("typed", "calling_code", "expected"),
    [
        # Mexico, 3 August 2019: no 1 after 52, no 01, 044, 045 (Instituto Federal de
        # Telecomunicaciones). libphonenumber took them off until 8.13.37.
        ("5215512345678", "52", "525512345678"),
        ("5215512345678", "1", "525512345678"),
        ("005215512345678", "49", "525512345678"),
        ("015512345678", "52", "525512345678"),
        ("0445512345678", "52", "525512345678"),
        ("0455512345678", "52", "525512345678"),
        ("520445512345678", "52", "525512345678"),
        ("15512345678", "52", "15512345678"),  # New Jersey: the 1 was never written at home
        # Argentina: mobiles have 15 after the area at home, 9 before it from abroad
        # (libphonenumber, FAQ.md, "Why is the number from Argentina … formatted").
        ("01115 23456789", "54", "5491123456789"),
        ("541115 23456789", "54", "5491123456789"),
        ("5491123456789", "54", "5491123456789"),
        ("91123456789", "54", "5491123456789"),
        ("5491123456789", "1", "5491123456789"),
        # Italy, 1998: the 0 is part of the number (ITU-T Operational Bulletin 678).
        ("390236618300", "39", "390236618300"),
        ("0236618300", "39", "390236618300"),
        ("393123456789", "39", "393123456789"),
        ("390236618300", "1", "390236618300"),
        # Brazil: a carrier's code after the trunk prefix (libphonenumber, region_BR).
        ("01511961234567", "55", "5511961234567"),
        ("0211123456789", "55", "551123456789"),
        ("011961234567", "55", "5511961234567"),
        ("11961234567", "55", "5511961234567"),
        # Colombia, Costa Rica, South Korea: a carrier's code (region_CO, region_CR, region_KR).
        ("033211234567", "57", "573211234567"),
        ("190022123456", "506", "50622123456"),
        ("082212345678", "82", "82212345678"),
        # Côte d'Ivoire, 31 January 2021: ten digits; the eight of before reach nobody.
        ("2250123456789", "225", "2250123456789"),
        ("0123456789", "225", "2250123456789"),
        ("22507123456", "225", "number_impossible"),
        ("07123456", "225", "number_impossible"),
        # Gabon, 2019: eight digits, the trunk prefix gone (region_GA).
        ("011441234", "241", "24111441234"),
        ("241011441234", "241", "24111441234"),
        # San Marino: 0549 is part of the number (region_SM).
        ("378886377", "378", "3780549886377"),
    ],
)
def test_old_writings_are_put_right_as_libphonenumber_has_them(
    typed: str, calling_code: str, expected: str
) -> None:
    assert outcome(typed.replace(" ", ""), calling_code) == expected


@pytest.mark.parametrize("calling_code", [None, "", "999", "0", "abc", "1234", "-1", "²", "800"])
def test_without_a_known_default_country_numbers_are_international(
    calling_code: str | None,
) -> None:
    assert outcome("14163662500", calling_code) == "14163662500"
    assert outcome("4163", calling_code) == "number_impossible"
    assert outcome("14163662500", calling_code, DEFAULT) == "number_country_not_allowed"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "+14163662500",
        "416 366 2500",
        "416-366-2500",
        "1416366250O",
        "14163662500\n",
        "\u0661\u0664\u0661\u0666\u0663\u0666\u0666\u0662\u0665\u0660\u0660",  # Arabic-Indic
        "\uff11\uff14\uff11\uff16\uff13\uff16\uff16\uff12\uff15\uff10\uff10",  # full width
        "1416366250\u00b2",  # a superscript
        "1416366250\U0001d7d8",  # a mathematical zero
        "14163662500\u200b",
        "14163662500\x00",
        "\ud8001416366250",
        "14163662500;ext=1",
        "-14163662500",
        "1e10",
    ],
)
def test_anything_but_ascii_digits_is_refused(typed: str, policy: str) -> None:
    assert outcome(typed, "1", replace(EVERYWHERE, policy=policy)) == "number_not_digits"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("typed", ["0", "411", "12345", "9" * 16, "1" * 16_000])
def test_too_short_and_too_long_numbers_are_impossible(policy: str, typed: str) -> None:
    assert outcome(typed, "1", replace(EVERYWHERE, policy=policy)) == "number_impossible"


@pytest.mark.parametrize(
    ("typed", "calling_code", "digits", "possible", "valid"),
    [
        ("4163662500", "1", "14163662500", "14163662500", "14163662500"),
        ("1111111111", "1", "11111111111", "11111111111", "number_impossible"),
        ("141636625", "1", "number_ambiguous", "number_impossible", "number_impossible"),
        ("141636625", None, "141636625", "number_impossible", "number_impossible"),
        ("3662500", "1", "number_ambiguous", "number_impossible", "number_impossible"),
    ],
)
def test_the_policy_says_how_strict_a_number_must_be(
    typed: str, calling_code: str | None, digits: str, possible: str, valid: str
) -> None:
    expected = {"digits": digits, "possible": possible, "valid": valid}
    assert expected == {
        policy: outcome(typed, calling_code, replace(EVERYWHERE, policy=policy))
        for policy in POLICIES
    }


_RULES = st.builds(
    NumberRules,
    st.sampled_from(POLICIES),
    st.sampled_from([None, frozenset(), frozenset({"US"}), frozenset({"GB", "DE"})]),
    st.sampled_from([frozenset(), frozenset({"premium_rate", "shared_cost"})]),
)
_CODES = st.sampled_from([None, "", "1", "44", "49", "39", "7", "590", "52", "54", "800", "999"])
_COUNTRIES = st.sampled_from([None, "US", "GB", "DE", "MX", "AR", "BR", "JP"])
_TYPED = st.one_of(
    st.text(),
    st.text(alphabet="0123456789", max_size=20),
    st.from_regex(r"\A(00|011|0|1|44|49|39|54|52|7|8)[0-9]{4,13}\Z"),
)


@given(typed=_TYPED, code=_CODES, country=_COUNTRIES, rules=_RULES)
def test_any_string_is_refused_or_leaves_as_the_e164_digits_that_the_rules_have_judged(
    typed: str, code: str | None, country: str | None, rules: NumberRules
) -> None:
    result = read_number(typed, code, rules, country=country)
    if isinstance(result, FieldError):
        assert result.pointer == "/number"
        return
    assert 7 <= len(result.e164) <= 15
    assert set(result.e164) <= set("0123456789")
    assert result.e164[0] != "0"
    dialled = phonenumbers.parse(f"+{result.e164}")
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(dialled)).lower()
    assert kind not in rules.blocked_types
    allowed = rules.countries_for(code)
    region = phonenumbers.region_code_for_number(dialled)
    assert allowed is None or region is None or region in allowed
    assert country is None or phonenumbers.country_code_for_region(country) == dialled.country_code


@given(typed=_TYPED, code=_CODES, country=_COUNTRIES)
def test_the_policies_grow_stricter_and_never_disagree_about_the_phone(
    typed: str, code: str | None, country: str | None
) -> None:
    numbers = [
        outcome(typed, code, replace(EVERYWHERE, policy=policy), country=country)
        for policy in POLICIES
    ]
    digits, possible, valid = (number.isdigit() for number in numbers)
    assert digits >= possible >= valid
    assert len(set(filter(str.isdigit, numbers))) <= 1
