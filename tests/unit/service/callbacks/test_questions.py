"""Questions: answers are passed on as configured, or each is refused for one reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.callbacks.profile import Question
from service.callbacks.questions import PUBLIC_TYPES, check_answers, is_public, pointer
from service.errors import FieldError
from tests.unit.service.fakes import question

WITH_SIP = PUBLIC_TYPES | {"sip_header"}
PRIVATE_TYPES = [
    "sip_header",
    "client_call_back_number",
    "client_call_back_country_code",
    "pre_selected_option",
    "agent_cid_number",
    "agent_cid_name",
    "client_cid_number",
    "client_cid_name",
    "icr_cid_number",
    "icr_cid_name",
    "something_new",
    "",
]


def check(
    configured: Question, answer: str, types: frozenset[str] = PUBLIC_TYPES
) -> tuple[dict[str, str], list[str]]:
    accepted, faults = check_answers([configured], {configured.key: answer}, types)
    assert all(fault.pointer == pointer("questions", configured.key) for fault in faults)
    return accepted, [fault.code for fault in faults]


def test_an_answer_to_a_configured_question_is_passed_on() -> None:
    assert check(question("reason"), "My invoice") == ({"reason": "My invoice"}, [])


@pytest.mark.parametrize("key", ["Reason", "reason ", "", "reasons", "fc_number", "fc_option"])
def test_a_key_that_the_profile_has_not_is_unknown(key: str) -> None:
    accepted, faults = check_answers([question("reason")], {key: "x"}, PUBLIC_TYPES)
    assert accepted == {}
    assert [(fault.pointer, fault.code) for fault in faults] == [
        (pointer("questions", key), "unknown_question")
    ]


@pytest.mark.parametrize("type_", PRIVATE_TYPES)
def test_a_type_that_the_public_may_not_answer_is_not_allowed(type_: str) -> None:
    accepted, codes = check(question("k", type=type_), "5551234")
    assert codes == ["question_not_allowed"]
    assert accepted == {}


def test_sip_headers_can_be_opened_to_the_public() -> None:
    assert check(question("k", type="sip_header"), "x", WITH_SIP) == ({"k": "x"}, [])


@pytest.mark.parametrize("key", ["fc_number", "fc_start_date", "fc_anything", "FC_number", "Fc_x"])
def test_a_configured_key_of_fonolos_own_is_neither_passed_nor_shown(key: str) -> None:
    accepted, codes = check(question(key), "19005551234")
    assert (accepted, codes) == ({}, ["question_not_allowed"])
    assert not is_public(question(key), PUBLIC_TYPES)


@pytest.mark.parametrize("hint", ["visible", "editable"])
def test_visible_and_editable_are_hints_and_no_permissions(hint: str) -> None:
    assert check(question("k", **{hint: False}), "x") == ({"k": "x"}, [])


class TestRequired:
    def test_a_required_answer_that_is_missing_is_a_fault(self) -> None:
        _, faults = check_answers([question("k", required=True)], {}, PUBLIC_TYPES)
        assert [(fault.pointer, fault.code) for fault in faults] == [
            ("/questions/k", "question_required")
        ]

    def test_an_empty_string_is_no_answer(self) -> None:
        assert check(question("k", required=True), "")[1] == ["question_required"]
        assert check(question("k", required=False), "") == ({}, [])
        assert check(question("k", min_length=3), "") == ({}, [])

    def test_blanks_are_an_answer(self) -> None:
        assert check(question("k", required=True), " ") == ({"k": " "}, [])

    def test_a_default_waives_it(self) -> None:
        _, faults = check_answers([question("k", required=True, default="x")], {}, PUBLIC_TYPES)
        assert faults == []

    @pytest.mark.parametrize("type_", [*PRIVATE_TYPES, "recorded_message"])
    def test_it_is_waived_for_what_the_public_cannot_answer(self, type_: str) -> None:
        _, faults = check_answers([question("k", required=True, type=type_)], {}, PUBLIC_TYPES)
        assert faults == []

    def test_it_is_waived_for_fonolos_own_keys(self) -> None:
        _, faults = check_answers([question("fc_x", required=True)], {}, PUBLIC_TYPES)
        assert faults == []

    def test_it_is_waived_for_a_type_that_the_operator_has_closed(self) -> None:
        only_digits = frozenset({"numeric_input"})
        _, faults = check_answers([question("k", required=True)], {}, only_digits)
        assert faults == []

    def test_it_holds_for_a_type_that_the_operator_has_opened(self) -> None:
        sip = question("k", type="sip_header", required=True)
        _, faults = check_answers([sip], {}, WITH_SIP)
        assert [fault.code for fault in faults] == ["question_required"]


class TestContent:
    @pytest.mark.parametrize("type_", ["text_input", "recorded_message", "numeric_input"])
    @pytest.mark.parametrize(
        "answer",
        [
            "\x00",
            "a\nb",
            "a\r\nfc_number=1",
            "\t",
            "\x7f",
            "\x85",
            "\x9f",
            "{{$client_number}}",
            "a{{b",
            "{{{",
            "\ud800",
        ],
    )
    def test_control_characters_and_macros_are_invalid(self, type_: str, answer: str) -> None:
        assert check(question("k", type=type_), answer)[1] == ["question_invalid"]

    @pytest.mark.parametrize(
        "answer", ["{a}", "}}", "{ {", "a=b&c=d", "%7B%7B", "<b>", "é😀", "'\""]
    )
    def test_all_else_is_text(self, answer: str) -> None:
        assert check(question("k"), answer) == ({"k": answer}, [])

    @pytest.mark.parametrize(
        "answer", ["12a", " 1", "1.5", "-1", "+1", "\u0661\u0662", "\uff11", "\u00b2", "1 2", "x"]
    )
    def test_numeric_input_takes_ascii_digits_only(self, answer: str) -> None:
        assert check(question("k", type="numeric_input"), answer)[1] == ["question_not_digits"]

    def test_numeric_input_keeps_its_leading_zeros(self) -> None:
        assert check(question("k", type="numeric_input"), "0012") == ({"k": "0012"}, [])

    def test_recorded_messages_are_text_under_the_same_rules(self) -> None:
        recorded = question("k", type="recorded_message", max_length=3)
        assert check(recorded, "abc") == ({"k": "abc"}, [])
        assert check(recorded, "abcd")[1] == ["question_length"]


class TestLength:
    @pytest.mark.parametrize(
        ("least", "most", "answer", "fits"),
        [
            (0, 10, "1234567890", True),
            (0, 10, "12345678901", False),
            (3, 0, "12", False),
            (3, 0, "123", True),
            (0, 0, "1" * 10_000, True),
            (4, 4, "1234", True),
            (4, 4, "123", False),
            (0, 2, "éé", True),
            (0, 2, "😀😀", True),  # two code points, four UTF-16 units, eight bytes
            (0, 2, "e\u0301e", False),  # three code points, two letters
            (0, 1, "👨\u200d👩", False),
        ],
    )
    def test_it_counts_code_points(self, least: int, most: int, answer: str, fits: bool) -> None:
        configured = question("k", min_length=least, max_length=most)
        assert check(configured, answer)[1] == ([] if fits else ["question_length"])


@pytest.mark.parametrize(
    ("names", "pointer_text"),
    [
        (("questions", "a/b"), "/questions/a~1b"),
        (("questions", "a~b"), "/questions/a~0b"),
        (("questions", "~1"), "/questions/~01"),
        (("questions", ""), "/questions/"),
        ((), ""),
    ],
)
def test_json_pointers_are_escaped(names: tuple[str, ...], pointer_text: str) -> None:
    assert pointer(*names) == pointer_text


def test_all_faults_are_told_at_once() -> None:
    configured = [
        question("digits", type="numeric_input"),
        question("short", max_length=1),
        question("needed", required=True),
        question("closed", type="sip_header"),
        question("good"),
    ]
    answers = {"digits": "x", "short": "xx", "closed": "x", "unknown": "x", "good": "x"}
    accepted, faults = check_answers(configured, answers, PUBLIC_TYPES)
    assert {fault.pointer: fault.code for fault in faults} == {
        "/questions/digits": "question_not_digits",
        "/questions/short": "question_length",
        "/questions/closed": "question_not_allowed",
        "/questions/unknown": "unknown_question",
        "/questions/needed": "question_required",
    }
    assert accepted["good"] == "x"


_KEYS = st.sampled_from(["a", "b", "fc_number", "secret", "x/y", "none"])


@given(answers=st.dictionaries(_KEYS, st.text(max_size=8)))
def test_what_is_accepted_without_a_fault_is_configured_public_and_not_empty(
    answers: dict[str, str],
) -> None:
    configured = [
        question("a", max_length=4),
        question("b", type="numeric_input"),
        question("fc_number"),
        question("secret", type="client_cid_number"),
        question("x/y", type="recorded_message"),
    ]
    accepted, faults = check_answers(configured, answers, PUBLIC_TYPES)
    faulty = {fault.pointer for fault in faults}
    for key, answer in accepted.items():
        if pointer("questions", key) not in faulty:
            assert key in {"a", "b", "x/y"}
            assert answer == answers[key] != ""
    assert all(isinstance(fault, FieldError) for fault in faults)
    unanswered = {key for key, answer in answers.items() if answer} - set(accepted)
    assert all(pointer("questions", key) in faulty for key in unanswered)
