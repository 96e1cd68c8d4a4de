"""A request is held against the profile: an order, or every fault of it at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.callbacks.number_rules import NumberRules
from service.callbacks.profile import Profile
from service.callbacks.questions import PUBLIC_TYPES
from service.callbacks.request import (
    MAX_FIELD_ERRORS,
    CallbackRequest,
    RequestRules,
    ValidatedRequest,
    check_request,
)
from service.errors import FieldError, ValidationFailed
from tests.unit.service.fakes import OPTION_ID, OTHER_OPTION_ID, option, profile, question

RULES = RequestRules(ZoneInfo("UTC"), NumberRules(), PUBLIC_TYPES)
NUMBER = "14163662500"


def order(
    of: Profile | None = None, rules: RequestRules = RULES, **fields: Any
) -> ValidatedRequest:
    return check_request(CallbackRequest(**{"number": NUMBER, **fields}), of or profile(), rules)


def faults(
    of: Profile | None = None, rules: RequestRules = RULES, **fields: Any
) -> list[FieldError]:
    with pytest.raises(ValidationFailed) as raised:
        order(of, rules, **fields)
    return list(raised.value.field_errors)


def reported(found: list[FieldError]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in found]


def test_a_good_request_is_an_order() -> None:
    reason = question("reason")
    found = order(
        profile(questions=(reason,)),
        option=OPTION_ID,
        start_time="2017-08-07T17:30:00-04:00",
        sms_optin=True,
        questions={"reason": "My invoice"},
    )
    when = datetime(2017, 8, 7, 21, 30, tzinfo=UTC)
    answers = {"reason": "My invoice"}
    assert found == ValidatedRequest(NUMBER, NUMBER, option(), when, True, answers)


def test_without_a_start_time_it_is_for_now() -> None:
    assert order().start_time is None


class TestNumber:
    def test_it_is_required(self) -> None:
        assert reported(faults(number=None)) == [("/number", "required")]

    @pytest.mark.parametrize("number", [None, ""])
    def test_one_that_is_empty_is_none(self, number: str | None) -> None:
        assert reported(faults(number=number)) == [("/number", "required")]

    @pytest.mark.parametrize(
        ("number", "phone"),
        [
            ("393123456789", "393123456789"),
            ("3931234567891", "393123456789"),
            ("39312345678912", "393123456789"),
            ("390612345678", "390612345678"),
        ],
    )
    def test_digits_beyond_a_phones_number_ring_the_same_phone(
        self, number: str, phone: str
    ) -> None:
        italian = profile(options=(option(default_country="39"),))
        rules = replace(RULES, numbers=NumberRules(policy="digits"))
        found = order(italian, rules, number=number, country="IT")
        assert (found.number, found.phone) == (number, phone)

    def test_its_country_says_whose_digits_they_are(self) -> None:
        german = profile(options=(option(default_country="49"),))
        rules = replace(RULES, numbers=NumberRules(countries=None))
        assert reported(faults(german, rules, number="41791234567")) == [
            ("/number", "number_ambiguous")
        ]
        assert order(german, rules, number="0791234567", country="CH").number == "41791234567"

    @pytest.mark.parametrize("country", ["", "us", "USA", "XX", "1", "DE ", "001"])
    def test_a_country_that_is_none_is_invalid(self, country: str) -> None:
        assert reported(faults(country=country)) == [("/country", "invalid")]

    def test_without_a_good_country_digits_are_not_read_but_must_be_digits(self) -> None:
        malformed = FieldError("/country", "invalid", "")
        ambiguous = profile(options=(option(default_country="49"),))
        for fields in ({"country": "XX"}, {"field_errors": (malformed,)}):
            assert reported(faults(ambiguous, number="41791234567", **fields)) == [
                ("/country", "invalid")
            ]
            assert reported(faults(ambiguous, number="+41", **fields)) == [
                ("/number", "number_not_digits"),
                ("/country", "invalid"),
            ]

    def test_an_options_country_replaces_the_profiles(self) -> None:
        british = profile(options=(option(default_country="44"),))
        assert order(british, number="02071838750").number == "442071838750"

    def test_an_options_country_replaces_also_which_countries_are_called(self) -> None:
        british = profile(options=(option(default_country="44"),))
        assert reported(faults(british, number="14163662500")) == [
            ("/number", "number_country_not_allowed")
        ]

    def test_the_country_is_that_of_the_chosen_option(self) -> None:
        both = profile(options=(option(), option(id=OTHER_OPTION_ID, default_country="44")))
        assert order(both, option=OPTION_ID, number="4163662500").number == NUMBER
        assert order(both, option=OTHER_OPTION_ID, number="02071838750").number == "442071838750"


class TestOption:
    def test_it_may_be_left_out_when_one_is_active(self) -> None:
        found = order(
            profile(
                options=(
                    option(status="paused", id="CO" + "a" * 32),
                    option(status="closed", id="CO" + "b" * 32),
                    option(),
                )
            )
        )
        assert found.option.id == OPTION_ID

    def test_it_may_be_left_out_when_none_is_active_and_one_closed(self) -> None:
        found = order(
            profile(options=(option(status="paused", id=OTHER_OPTION_ID), option(status="closed")))
        )
        assert found.option.id == OPTION_ID

    @pytest.mark.parametrize(
        "statuses",
        [
            (),
            ("active", "active"),
            ("active", "active", "closed"),
            ("closed", "closed"),
            ("paused",),
            ("paused", "paused"),
            ("something new",),
        ],
    )
    def test_it_is_required_else(self, statuses: tuple[str, ...]) -> None:
        options = tuple(
            option(id=f"CO{number:032x}", status=status) for number, status in enumerate(statuses)
        )
        assert reported(faults(profile(options=options))) == [("/option", "option_required")]

    @pytest.mark.parametrize("id_", ["", "CO", OTHER_OPTION_ID, OPTION_ID.upper(), OPTION_ID + " "])
    def test_one_that_the_profile_has_not_is_unknown(self, id_: str) -> None:
        assert reported(faults(option=id_)) == [("/option", "unknown_option")]

    def test_a_paused_option_that_is_named_is_no_fault_of_the_body(self) -> None:
        assert order(profile(options=(option(status="paused"),)), option=OPTION_ID)


class TestStartTime:
    def test_it_is_read_in_the_zone_of_the_rules_when_it_has_no_offset(self) -> None:
        rules = RequestRules(ZoneInfo("America/Toronto"), NumberRules(), PUBLIC_TYPES)
        found = order(rules=rules, start_time="2017-08-07 17:30:00")
        assert found.start_time == datetime(2017, 8, 7, 21, 30, tzinfo=UTC)

    @pytest.mark.parametrize("text", ["", "soon", "2017-08-07", "2017-08-07T17:30:00"])
    def test_what_is_no_time_is_invalid(self, text: str) -> None:
        assert reported(faults(start_time=text)) == [("/start_time", "invalid")]

    def test_an_hour_that_does_not_exist_is_invalid(self) -> None:
        rules = RequestRules(ZoneInfo("America/Toronto"), NumberRules(), PUBLIC_TYPES)
        assert reported(faults(rules=rules, start_time="2017-03-12 02:30:00")) == [
            ("/start_time", "invalid")
        ]

    @pytest.mark.parametrize("text", ["2017-08-07T17:30:00-04:00"])
    def test_where_nothing_can_be_scheduled_it_is_a_fault(self, text: str) -> None:
        found = faults(profile(scheduling=False), start_time=text)
        assert reported(found) == [("/start_time", "scheduling_not_enabled")]


class TestSms:
    def test_opting_in_where_there_is_no_sms_is_a_fault(self) -> None:
        found = faults(profile(sms=False), sms_optin=True)
        assert reported(found) == [("/sms_optin", "sms_not_enabled")]

    def test_opting_out_is_always_accepted_and_passed_on_only_where_there_is_sms(self) -> None:
        assert order(profile(sms=False), sms_optin=False).sms_optin is None
        assert order(profile(sms=True), sms_optin=False).sms_optin is False

    def test_nothing_said_is_nothing_passed_on(self) -> None:
        assert order(profile(sms=True)).sms_optin is None


class TestFaults:
    def test_all_faults_of_a_body_are_told_at_once_in_the_order_of_the_fields(self) -> None:
        found = faults(
            profile(sms=False, scheduling=False, questions=(question("needed", required=True),)),
            number="12",
            option="CO",
            start_time="soon",
            sms_optin=True,
            questions={"nobody": "asked"},
            field_errors=(
                FieldError("/extra", "unknown_field", ""),
                FieldError("/captcha_token", "invalid", ""),
            ),
        )
        assert reported(found) == [
            ("/number", "number_impossible"),
            ("/option", "unknown_option"),
            ("/start_time", "scheduling_not_enabled"),
            ("/sms_optin", "sms_not_enabled"),
            ("/questions/nobody", "unknown_question"),
            ("/questions/needed", "question_required"),
            ("/captcha_token", "invalid"),
            ("/extra", "unknown_field"),
        ]

    def test_a_field_that_is_malformed_is_told_once(self) -> None:
        malformed = (
            FieldError("/number", "invalid", ""),
            FieldError("/option", "invalid", ""),
            FieldError("/questions/needed", "invalid", ""),
        )
        several = profile(
            options=(option(), option(id=OTHER_OPTION_ID)),
            questions=(question("needed", required=True),),
        )
        found = faults(several, number=None, field_errors=malformed)
        assert reported(found) == [(fault.pointer, "invalid") for fault in malformed]

    def test_malformed_questions_hide_which_are_missing(self) -> None:
        needing = profile(questions=(question("needed", required=True),))
        found = faults(needing, field_errors=(FieldError("/questions", "invalid", ""),))
        assert reported(found) == [("/questions", "invalid")]

    def test_a_key_that_begins_like_a_malformed_one_is_told_too(self) -> None:
        needing = profile(questions=(question("ab", required=True),))
        found = faults(needing, field_errors=(FieldError("/questions/a", "invalid", ""),))
        assert sorted(reported(found)) == [
            ("/questions/a", "invalid"),
            ("/questions/ab", "question_required"),
        ]

    def test_a_body_that_is_no_object_has_that_fault_alone(self) -> None:
        several = profile(options=(), questions=(question("needed", required=True),))
        found = faults(several, number=None, field_errors=(FieldError("", "invalid", ""),))
        assert reported(found) == [("", "invalid")]

    def test_at_most_fifty_are_told_and_those_of_the_first_fields_among_them(self) -> None:
        found = faults(number="12", questions={f"k{n}": "x" for n in range(200)})
        assert len(found) == MAX_FIELD_ERRORS == 50
        assert found[0].pointer == "/number"

    def test_no_fault_echoes_a_value(self) -> None:
        secret = "4242secret4242"
        needing = profile(
            questions=(
                question("digits", type="numeric_input"),
                question("short", max_length=2),
                question("macro"),
            ),
        )
        found = faults(
            needing,
            number=secret,
            option=secret,
            start_time=secret,
            questions={
                "digits": secret,
                "short": secret,
                "macro": secret + "{{",
                "unknown": secret,
            },
        )
        assert len(found) == 7
        assert all(secret not in f"{fault.pointer}{fault.detail}" for fault in found)
        assert all(fault.detail for fault in found)
