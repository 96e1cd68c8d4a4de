"""Which numbers may be called: countries, types, lists."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberType, example_number_for_type

from service.callbacks.blocked_numbers import BlockedNumbers
from service.callbacks.countries import ALL_COUNTRIES, calling_code_of, number_example
from service.callbacks.number_rules import POLICIES, NumberRules
from service.callbacks.numbers import read_number
from service.callbacks.phone_reading import EMERGENCY_LENGTHS, PhoneReading, read_nationally
from service.errors import FieldError
from tests.unit.service.callbacks.test_numbers import DEFAULT, EVERYWHERE, outcome

TYPES = [kind for kind in PhoneNumberType.values() if kind != PhoneNumberType.UNKNOWN]


class TestCountries:
    def test_calling_code_1_by_default_allows_the_united_states_its_territories_and_canada(
        self,
    ) -> None:
        assert DEFAULT.countries_for("1") == {"US", "CA", "PR", "GU", "VI", "AS", "MP"}

    @pytest.mark.parametrize(
        "typed",
        [
            "17872345678",  # Puerto Rico
            "16713001234",  # Guam
            "13406421234",  # Virgin Islands
            "16846221234",  # American Samoa
            "16702345678",  # Northern Mariana Islands
            "15062345678",  # Canada
        ],
    )
    def test_the_united_states_territories_and_canada_are_called_by_default(
        self, typed: str
    ) -> None:
        for spelled in (typed, typed[1:]):
            assert outcome(spelled, "1", DEFAULT) == typed

    @pytest.mark.parametrize(
        "typed",
        [
            "18765230123",  # Jamaica
            "12425551234",  # Bahamas
            "18095551234",  # Dominican Republic
            "12685551234",  # Antigua
            "12642351234",  # Anguilla
            "14412921234",  # Bermuda
        ],
    )
    def test_the_other_countries_under_1_must_be_named(self, typed: str) -> None:
        for spelled in (typed, typed[1:], f"011{typed}"):
            assert outcome(spelled, "1", DEFAULT) == "number_country_not_allowed"
        over_long = NumberRules("digits")
        assert outcome(f"011{typed}0", "1", over_long) == "number_country_not_allowed"

    def test_a_named_country_under_1_is_called(self) -> None:
        rules = NumberRules(countries=frozenset({"JM"}))
        assert outcome("18765230123", "1", rules) == "18765230123"
        assert outcome("4163662500", "1", rules) == "number_country_not_allowed"

    @pytest.mark.parametrize(
        ("typed", "calling_code"),
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
        self, typed: str, calling_code: str
    ) -> None:
        assert outcome(typed, calling_code, DEFAULT) == "number_country_not_allowed"

    def test_a_number_whose_country_cannot_be_told_counts_as_its_codes_main_one(self) -> None:
        unassigned = "11111111111"
        assert outcome(unassigned, "1", NumberRules(countries=frozenset({"US"}))) == unassigned
        only_canada = NumberRules(countries=frozenset({"CA"}))
        assert outcome(unassigned, "1", only_canada) == "number_country_not_allowed"

    def test_all_means_all(self) -> None:
        assert EVERYWHERE.countries_for("1") is None
        assert outcome("18765230123", "1") == "18765230123"

    def test_named_countries_stand_whatever_the_default_country(self) -> None:
        rules = NumberRules(countries=frozenset({"GB"}))
        assert rules.countries_for("1") == {"GB"}
        assert outcome("442071838750", "1", rules) == "442071838750"

    @pytest.mark.parametrize("policy", POLICIES)
    def test_they_hold_under_every_policy(self, policy: str) -> None:
        assert outcome("442071838750", "1", NumberRules(policy)) == "number_country_not_allowed"

    def test_naming_the_country_of_a_number_does_not_allow_it(self) -> None:
        refusal = outcome("2071838750", "1", DEFAULT, country="GB")
        assert refusal == "number_country_not_allowed"

    def test_a_satellite_phone_is_of_no_country_that_is_allowed_by_default(self) -> None:
        assert outcome("881612345678", "1", DEFAULT) == "number_country_not_allowed"

    @pytest.mark.parametrize(
        ("country", "expected"), [("CH", "41"), ("PR", "1"), ("XX", None), ("001", None)]
    )
    def test_a_country_has_one_calling_code(self, country: str, expected: str | None) -> None:
        assert calling_code_of(country) == expected

    def test_every_country_has_an_example_that_is_read_as_its_own(self) -> None:
        for country in ALL_COUNTRIES:
            example = phonenumbers.normalize_digits_only(number_example(country))
            result = outcome(example, calling_code_of(country), country=country)
            assert result.startswith(calling_code_of(country) or "-"), country


class TestTypes:
    @pytest.mark.parametrize("policy", POLICIES)
    @pytest.mark.parametrize(
        ("typed", "calling_code"),
        [
            ("9002345678", "1"),
            ("19002345678", "1"),
            ("190023456780", "1"),  # one digit more than the number has
            ("190021234568", "1"),
            ("01119002345678", "1"),
            ("4990012345678", "49"),
            ("4990012345678", "1"),
            ("09001234567", "49"),
            ("090012345678", "49"),
            ("09012345678", "44"),
            ("449012345678", "44"),
            ("4490123456789", "44"),
            ("08431234567", "44"),  # shared cost
            ("0810123456", "33"),  # shared cost
            ("07012345678", "44"),  # personal number
            ("07640123456", "44"),  # pager
        ],
    )
    def test_dear_ones_are_blocked_by_default_however_they_are_spelt(
        self, policy: str, typed: str, calling_code: str
    ) -> None:
        rules = replace(DEFAULT, policy=policy, countries=None)
        assert outcome(typed, calling_code, rules) == "number_type_blocked"

    def test_toll_free_is_called_by_default_and_can_be_blocked(self) -> None:
        assert outcome("8002345678", "1", DEFAULT) == "18002345678"
        rules = NumberRules(blocked_types=frozenset({"toll_free"}))
        assert outcome("8002345678", "1", rules) == "number_type_blocked"

    def test_nothing_blocked_calls_premium_rate(self) -> None:
        assert outcome("9002345678", "1", EVERYWHERE) == "19002345678"

    def test_the_country_is_told_before_the_type(self) -> None:
        assert outcome("449012345678", "1", DEFAULT) == "number_country_not_allowed"

    @pytest.mark.parametrize("policy", POLICIES)
    @pytest.mark.parametrize(
        ("typed", "calling_code"), [("911", "1"), ("112", "1"), ("1911", "1"), ("999", "44")]
    )
    def test_emergency_numbers_are_blocked_whatever_the_settings(
        self, policy: str, typed: str, calling_code: str
    ) -> None:
        rules = replace(EVERYWHERE, policy=policy)
        assert outcome(typed, calling_code, rules) == "number_type_blocked"

    @pytest.mark.parametrize("policy", ["possible", "digits"])
    @pytest.mark.parametrize(
        ("typed", "calling_code", "country"),
        [
            ("19110000000", "1", None),
            ("9110000000", "1", "US"),
            ("9115551234", "1", "US"),
            ("1120000", "49", "DE"),
            ("9990000000", "1", "GB"),
            ("1120000000", "49", "IT"),
        ],
    )
    def test_so_are_such_with_more_digits_that_are_nobodys_number(
        self, policy: str, typed: str, calling_code: str, country: str | None
    ) -> None:
        rules = replace(EVERYWHERE, policy=policy)
        result = read_number(typed, calling_code, rules, country=country)
        assert isinstance(result, FieldError)
        assert result.code == "number_type_blocked"

    @pytest.mark.parametrize(
        ("typed", "calling_code"),
        [("4165550100", "1"), ("1440000", "43"), ("112000000", "33"), ("11961234567", "55")],
    )
    def test_a_number_that_only_looks_like_one_is_called(
        self, typed: str, calling_code: str
    ) -> None:
        national = read_nationally(typed, calling_code)
        assert national
        assert not national.reaches_emergency

    @pytest.mark.parametrize(
        ("typed", "calling_code"), [("116123", "44"), ("116117", "49"), ("118000", "33")]
    )
    def test_short_numbers_are_blocked_where_the_policy_would_let_them_pass(
        self, typed: str, calling_code: str
    ) -> None:
        rules = replace(EVERYWHERE, policy="digits")
        assert outcome(typed, calling_code, rules) == "number_type_blocked"

    @pytest.mark.parametrize("kind", list(PhoneNumberType.values()))
    def test_a_type_is_what_libphonenumber_says_it_is(self, kind: int) -> None:
        name = str(PhoneNumberType.to_string(kind)).lower()
        rules = replace(EVERYWHERE, blocked_types=frozenset({name}))
        for region in phonenumbers.SUPPORTED_REGIONS:
            examples = map(partial(example_number_for_type, region), TYPES)
            for example in filter(_is_dialable, filter(None, examples)):
                e164 = f"{example.country_code}{phonenumbers.national_significant_number(example)}"
                result = read_number(e164, None, rules)
                is_blocked = isinstance(result, FieldError) and result.code == "number_type_blocked"
                assert is_blocked == (phonenumbers.number_type(example) == kind), e164


class TestBlockedNumbers:
    LIST = BlockedNumbers.parse(
        "442071838750, 4979*\n\n 14163662500 \r\n498001234567,5215512345678"
    )

    @pytest.mark.parametrize("policy", POLICIES)
    @pytest.mark.parametrize(
        ("typed", "calling_code", "country"),
        [
            ("442071838750", "44", None),
            ("02071838750", "44", None),
            ("2071838750", "44", None),
            ("00442071838750", "44", None),
            ("2071838750", "1", "GB"),
            ("4163662500", "1", None),
            ("01114163662500", "1", None),
            ("07915551234", "49", None),  # by its beginning
            ("525512345678", "1", None),  # listed as Mexico wrote it until 2019
            ("5215512345678", "1", None),
        ],
    )
    def test_no_spelling_escapes_the_list(
        self, policy: str, typed: str, calling_code: str, country: str | None
    ) -> None:
        rules = replace(EVERYWHERE, policy=policy)
        result = read_number(typed, calling_code, rules, country=country, blocked=self.LIST)
        assert isinstance(result, FieldError)
        assert result.code == "number_blocked"

    @pytest.mark.parametrize("entry", ["52155*", "5215512345*", "5204455*", "520155*", "5255*"])
    def test_a_beginning_in_mexicos_old_writing_counts(self, entry: str) -> None:
        result = read_number("525512345678", None, EVERYWHERE, blocked=BlockedNumbers.parse(entry))
        assert isinstance(result, FieldError)
        assert result.code == "number_blocked"

    def test_digits_beyond_the_end_of_a_number_do_not_escape_it(self) -> None:
        rules = replace(EVERYWHERE, policy="digits")
        result = read_number("004420718387500", "44", rules, country="GB", blocked=self.LIST)
        assert isinstance(result, FieldError)
        assert result.code == "number_blocked"

    @pytest.mark.parametrize("policy", POLICIES)
    @pytest.mark.parametrize("more", ["0", "7", "99", "000"])
    def test_nor_do_they_where_the_longer_number_is_valid_too(self, policy: str, more: str) -> None:
        rules = replace(EVERYWHERE, policy=policy)
        listed = BlockedNumbers.parse("4930123456")
        result = read_number(f"4930123456{more}", None, rules, blocked=listed)
        assert isinstance(result, FieldError)
        assert result.code == "number_blocked"

    def test_an_entry_that_is_no_whole_number_is_no_beginning(self) -> None:
        listed = BlockedNumbers.parse("1416366250")
        assert isinstance(
            read_number("14163662500", None, EVERYWHERE, blocked=listed), PhoneReading
        )

    @pytest.mark.parametrize("typed", ["442071838751", "498915551234", "14163662501"])
    def test_other_numbers_are_called(self, typed: str) -> None:
        result = read_number(typed, None, EVERYWHERE, blocked=self.LIST)
        assert isinstance(result, PhoneReading)
        assert result.e164 == typed

    @pytest.mark.parametrize("text", ["", "\n", " , ,\n"])
    def test_an_empty_list_blocks_nothing(self, text: str) -> None:
        assert BlockedNumbers.parse(text) == BlockedNumbers()

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("+14163662500", 1),
            ("*", 1),
            ("14163662500\n4416", 2),
            ("44**", 1),
            ("44*1", 1),
            ("014163662500", 1),
            ("0*", 1),
            ("14163662500\n\n416 366 2500", 3),
            ("1" * 16, 1),
            ("# office", 1),
            ("\u0661416*", 1),
        ],
    )
    def test_a_bad_line_is_named_by_its_position_and_never_quoted(
        self, text: str, line: int
    ) -> None:
        with pytest.raises(ValueError, match=rf"^line {line}: ") as refusal:
            BlockedNumbers.parse(text)
        assert not any(entry in str(refusal.value) for entry in ("416", "441", "office"))


def _is_dialable(number: phonenumbers.PhoneNumber) -> bool:
    national = phonenumbers.national_significant_number(number)
    reason = phonenumbers.is_possible_number_with_reason(number)
    is_long_enough = len(f"{number.country_code}{national}") >= 7
    return is_long_enough and reason == phonenumbers.ValidationResult.IS_POSSIBLE


def test_no_emergency_number_anywhere_is_longer_or_shorter() -> None:
    emergencies = [
        PhoneMetadata.short_metadata_for_region(region).emergency
        for region in phonenumbers.SUPPORTED_SHORT_REGIONS
    ]
    lengths = {length for each in emergencies if each for length in each.possible_length}
    assert lengths - {-1} <= set(EMERGENCY_LENGTHS)
