"""Numbers: digits as typed become E.164 digits, or are refused for one reason."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType, example_number_for_type

from service.callbacks.numbers import POLICIES, NumberRules, read_number
from service.errors import FieldError

EVERYWHERE = NumberRules(countries=None, blocked_types=frozenset())
DEFAULT = NumberRules()
TYPES = [kind for kind in PhoneNumberType.values() if kind != PhoneNumberType.UNKNOWN]


def code_of(found: str | FieldError) -> str:
    assert isinstance(found, FieldError), f"read as {found}"
    assert found.pointer == "/number"
    return found.code


@pytest.mark.parametrize(
    ("typed", "country", "leaves_as"),
    [
        ("4163662500", "1", "14163662500"),
        ("14163662500", "1", "14163662500"),
        ("2125550123", "1", "12125550123"),
        ("02071838750", "44", "442071838750"),
        ("2071838750", "44", "442071838750"),
        ("442071838750", "44", "442071838750"),
        ("07400123456", "44", "447400123456"),
        ("0612345678", "33", "33612345678"),
        ("61412345678", "61", "61412345678"),
        ("0412345678", "61", "61412345678"),
        ("0236618300", "39", "390236618300"),
        ("3312345678", "39", "393312345678"),
    ],
)
def test_a_number_leaves_with_its_country_code(typed: str, country: str, leaves_as: str) -> None:
    assert read_number(typed, country, DEFAULT) == leaves_as


def test_digits_that_begin_with_the_countrys_code_are_read_internationally_first() -> None:
    assert read_number("491701234567", "49", DEFAULT) == "491701234567"


def test_digits_that_begin_with_the_code_but_are_no_valid_number_so_are_read_nationally() -> None:
    # In Italy 39x is a mobile range: 3912345678 is +39 391 234 5678, not +39 12345678.
    assert read_number("3912345678", "39", DEFAULT) == "393912345678"


def test_a_number_of_another_country_is_read_internationally_when_it_fits_no_national_one() -> None:
    assert read_number("442071838750", "1", EVERYWHERE) == "442071838750"


def test_a_national_reading_goes_before_an_international_one() -> None:
    # 4930123456 could be Berlin; where the default country is 1 it is ten national digits.
    assert read_number("4930123456", "1", EVERYWHERE) == "14930123456"


@pytest.mark.parametrize("prefixed", ["011442071838750", "01114163662500"])
def test_the_default_countrys_international_prefix_is_understood(prefixed: str) -> None:
    assert read_number(prefixed, "1", EVERYWHERE) == prefixed[3:]


def test_an_international_prefix_does_not_get_round_the_countries() -> None:
    assert code_of(read_number("011442071838750", "1", DEFAULT)) == "number_country_not_allowed"


@pytest.mark.parametrize("country", [None, "", "999", "0", "abc", "1234", "-1", "²"])
def test_without_a_known_default_country_numbers_are_international(country: str | None) -> None:
    assert read_number("14163662500", country, EVERYWHERE) == "14163662500"
    assert code_of(read_number("4163", country, EVERYWHERE)) == "number_impossible"


@pytest.mark.parametrize("country", [None, "999"])
def test_without_a_known_default_country_the_default_allows_none(country: str | None) -> None:
    assert code_of(read_number("14163662500", country, DEFAULT)) == "number_country_not_allowed"


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
@pytest.mark.parametrize("policy", POLICIES)
def test_anything_but_ascii_digits_is_refused(typed: str, policy: str) -> None:
    rules = NumberRules(policy, None, frozenset())
    assert code_of(read_number(typed, "1", rules)) == "number_not_digits"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("typed", ["0", "911", "112", "411", "12345", "9" * 16])
def test_too_short_and_too_long_numbers_are_impossible(policy: str, typed: str) -> None:
    rules = NumberRules(policy, None, frozenset())
    assert code_of(read_number(typed, "1", rules)) == "number_impossible"


@pytest.mark.parametrize("policy", POLICIES)
def test_a_huge_number_is_impossible(policy: str) -> None:
    rules = NumberRules(policy, None, frozenset())
    assert code_of(read_number("1" * 16_000, "1", rules)) == "number_impossible"


class TestPolicies:
    def test_possible_wants_a_length_that_fits_the_country(self) -> None:
        rules = NumberRules("possible", None)
        assert read_number("11111111111", "1", rules) == "11111111111"  # no such area, right length
        assert code_of(read_number("141636625", "1", rules)) == "number_impossible"

    def test_valid_wants_an_assigned_range(self) -> None:
        rules = NumberRules("valid", None)
        assert read_number("4163662500", "1", rules) == "14163662500"
        assert code_of(read_number("11111111111", "1", rules)) == "number_impossible"

    def test_digits_wants_seven_to_fifteen(self) -> None:
        rules = NumberRules("digits", None)
        assert read_number("1416366", "1", rules) is not None
        found = read_number("4163662", "1", rules)
        assert isinstance(found, str)
        assert 7 <= len(found) <= 15

    def test_a_local_number_without_its_area_is_not_possible(self) -> None:
        assert code_of(read_number("3662500", "1", DEFAULT)) == "number_impossible"

    @pytest.mark.parametrize("policy", POLICIES)
    def test_country_rules_hold_under_every_policy(self, policy: str) -> None:
        found = read_number("442071838750", "1", NumberRules(policy))
        assert code_of(found) == "number_country_not_allowed"

    @pytest.mark.parametrize("policy", POLICIES)
    def test_type_rules_hold_under_every_policy(self, policy: str) -> None:
        found = read_number("19002345678", "1", NumberRules(policy, None))
        assert code_of(found) == "number_type_blocked"


class TestCountries:
    def test_calling_code_1_by_default_allows_the_united_states_and_canada(self) -> None:
        assert DEFAULT.countries_for("1") == {"US", "CA"}

    @pytest.mark.parametrize(
        "typed",
        [
            "18765230123",  # Jamaica
            "12425551234",  # Bahamas
            "18095551234",  # Dominican Republic
            "12685551234",  # Antigua
            "12642351234",  # Anguilla
            "17872345678",  # Puerto Rico
            "14412921234",  # Bermuda
        ],
    )
    def test_the_other_countries_under_1_must_be_named(self, typed: str) -> None:
        for spelled in (typed, typed[1:]):
            assert code_of(read_number(spelled, "1", DEFAULT)) == "number_country_not_allowed"

    def test_a_named_country_under_1_is_called(self) -> None:
        rules = NumberRules(countries=frozenset({"JM"}))
        assert read_number("18765230123", "1", rules) == "18765230123"
        assert code_of(read_number("4163662500", "1", rules)) == "number_country_not_allowed"

    @pytest.mark.parametrize(
        ("typed", "country"),
        [
            ("441534880000", "44"),  # Jersey
            ("447797712345", "44"),  # Jersey, mobile
            ("441481712345", "44"),  # Guernsey
            ("441624756789", "44"),  # Isle of Man
            ("77710009998", "7"),  # Kazakhstan
            ("87710009998", "7"),  # Kazakhstan, with Russia's trunk prefix
            ("447911123456", "44"),  # Guernsey, mobile
        ],
    )
    def test_a_shared_code_by_default_allows_its_main_country_only(
        self, typed: str, country: str
    ) -> None:
        found = read_number(typed, country, DEFAULT)
        assert code_of(found) in {"number_country_not_allowed", "number_impossible"}

    @pytest.mark.parametrize(
        ("typed", "country", "leaves_as"),
        [("79161234567", "7", "79161234567"), ("89161234567", "7", "79161234567")],
    )
    def test_the_main_country_of_a_shared_code_is_called(
        self, typed: str, country: str, leaves_as: str
    ) -> None:
        assert read_number(typed, country, DEFAULT) == leaves_as

    def test_a_number_whose_country_cannot_be_told_counts_as_its_codes_main_one(self) -> None:
        unassigned = "11111111111"
        assert read_number(unassigned, "1", NumberRules(countries=frozenset({"US"}))) == unassigned
        only_canada = NumberRules(countries=frozenset({"CA"}))
        assert code_of(read_number(unassigned, "1", only_canada)) == "number_country_not_allowed"

    def test_all_means_all(self) -> None:
        assert EVERYWHERE.countries_for("1") is None
        assert read_number("18765230123", "1", EVERYWHERE) == "18765230123"

    def test_named_countries_stand_whatever_the_default_country(self) -> None:
        rules = NumberRules(countries=frozenset({"GB"}))
        assert rules.countries_for("1") == {"GB"}
        assert read_number("442071838750", "1", rules) == "442071838750"

    def test_a_satellite_phone_is_of_no_country_that_is_allowed_by_default(self) -> None:
        found = read_number("881612345678", "1", DEFAULT)
        assert code_of(found) in {"number_country_not_allowed", "number_impossible"}


class TestTypes:
    @pytest.mark.parametrize(
        ("typed", "country"),
        [
            ("9002345678", "1"),
            ("19002345678", "1"),
            ("09012345678", "44"),
            ("449012345678", "44"),
        ],
    )
    def test_premium_rate_is_blocked_by_default(self, typed: str, country: str) -> None:
        assert code_of(read_number(typed, country, DEFAULT)) == "number_type_blocked"

    @pytest.mark.parametrize(
        ("typed", "country"), [("08431234567", "44"), ("0810123456", "33"), ("1801234567", "49")]
    )
    def test_shared_cost_is_blocked_by_default(self, typed: str, country: str) -> None:
        assert code_of(read_number(typed, country, DEFAULT)) in {
            "number_type_blocked",
            "number_impossible",
        }

    def test_toll_free_is_called_by_default_and_can_be_blocked(self) -> None:
        assert read_number("8002345678", "1", DEFAULT) == "18002345678"
        rules = NumberRules(blocked_types=frozenset({"toll_free"}))
        assert code_of(read_number("8002345678", "1", rules)) == "number_type_blocked"

    def test_nothing_blocked_calls_premium_rate(self) -> None:
        rules = NumberRules(blocked_types=frozenset())
        assert read_number("9002345678", "1", rules) == "19002345678"

    def test_the_country_is_told_before_the_type(self) -> None:
        assert code_of(read_number("449012345678", "1", DEFAULT)) == "number_country_not_allowed"


_RULES = st.builds(
    NumberRules,
    st.sampled_from(POLICIES),
    st.sampled_from([None, frozenset(), frozenset({"US"}), frozenset({"GB", "DE"})]),
    st.sampled_from([frozenset(), frozenset({"premium_rate", "shared_cost"})]),
)
_CODES = st.sampled_from([None, "", "1", "44", "49", "39", "7", "590", "52", "54", "800", "999"])
_TYPED = st.one_of(
    st.text(),
    st.text(alphabet="0123456789", max_size=20),
    st.from_regex(r"\A(00|011|0|1|44|49|39|54|52|7|8)[0-9]{4,13}\Z"),
)


@given(typed=_TYPED, country=_CODES, rules=_RULES)
def test_any_string_is_refused_or_leaves_as_7_to_15_ascii_digits(
    typed: str, country: str | None, rules: NumberRules
) -> None:
    found = read_number(typed, country, rules)
    if isinstance(found, FieldError):
        assert found.pointer == "/number"
    else:
        assert 7 <= len(found) <= 15
        assert set(found) <= set("0123456789")
        assert found[0] != "0"


@given(typed=_TYPED, country=_CODES, rules=_RULES)
def test_what_leaves_is_the_number_that_the_rules_have_judged(
    typed: str, country: str | None, rules: NumberRules
) -> None:
    found = read_number(typed, country, rules)
    if isinstance(found, FieldError):
        return
    dialled = phonenumbers.parse(f"+{found}")
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(dialled)).lower()
    assert kind not in rules.blocked_types
    allowed = rules.countries_for(country)
    region = phonenumbers.region_code_for_number(dialled)
    assert allowed is None or region is None or region in allowed


@given(typed=_TYPED, country=_CODES, rules=_RULES)
def test_the_policies_grow_stricter_one_after_the_other(
    typed: str, country: str | None, rules: NumberRules
) -> None:
    digits, possible, valid = (
        isinstance(read_number(typed, country, replace(rules, policy=policy, countries=None)), str)
        for policy in POLICIES
    )
    assert digits >= possible >= valid


def is_dialable(number: phonenumbers.PhoneNumber) -> bool:
    national = phonenumbers.national_significant_number(number)
    reason = phonenumbers.is_possible_number_with_reason(number)
    is_long_enough = len(f"{number.country_code}{national}") >= 7
    return is_long_enough and reason == phonenumbers.ValidationResult.IS_POSSIBLE


@pytest.mark.parametrize("kind", list(PhoneNumberType.values()))
def test_a_type_is_what_libphonenumber_says_it_is(kind: int) -> None:
    name = str(PhoneNumberType.to_string(kind)).lower()
    rules = replace(EVERYWHERE, blocked_types=frozenset({name}))
    for region in phonenumbers.SUPPORTED_REGIONS:
        examples = map(partial(example_number_for_type, region), TYPES)
        for example in filter(is_dialable, filter(None, examples)):
            e164 = f"{example.country_code}{phonenumbers.national_significant_number(example)}"
            found = read_number(e164, None, rules)
            is_blocked = isinstance(found, FieldError) and found.code == "number_type_blocked"
            assert is_blocked == (phonenumbers.number_type(example) == kind), e164
