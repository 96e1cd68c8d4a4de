"""Bodies: what has the wrong form is told field by field, and told once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.request_schemas import load_callback_request


def reported(body: Any) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in load_callback_request(body).field_errors]


def test_a_good_body_is_read_whole() -> None:
    body = {
        "number": "14163662500",
        "option": "CO",
        "start_time": "2017-08-07T17:30:00-04:00",
        "sms_optin": True,
        "questions": {"a": "1", "": "", "x/y": "é"},
        "captcha_token": "t",
    }
    found = load_callback_request(body)
    assert found.field_errors == ()
    assert {name: getattr(found, name) for name in body} == body


@pytest.mark.parametrize("body", [None, [], [1], "text", 1, True, 1.5])
def test_what_is_no_object_is_invalid_as_a_whole(body: Any) -> None:
    assert reported(body) == [("", "invalid")]


def test_the_number_is_required() -> None:
    assert reported({}) == [("/number", "required")]


@pytest.mark.parametrize("field", ["number", "option", "start_time", "captcha_token"])
@pytest.mark.parametrize("value", [1, 1.5, True, [], ["x"], {}, {"x": "y"}])
def test_a_text_is_nothing_but_a_string(field: str, value: Any) -> None:
    assert reported({"number": "1", field: value}) == [(f"/{field}", "invalid")]


@pytest.mark.parametrize("value", ["true", "yes", 1, 0, "", [], {}])
def test_a_flag_is_true_or_false(value: Any) -> None:
    assert reported({"number": "1", "sms_optin": value}) == [("/sms_optin", "invalid")]


@pytest.mark.parametrize("value", [1, "x", [], [{}], True])
def test_questions_are_an_object(value: Any) -> None:
    assert reported({"number": "1", "questions": value}) == [("/questions", "invalid")]


@pytest.mark.parametrize("value", [1, True, 1.5, [], {}, ["x"], {"key": "x"}, {"value": "x"}])
@pytest.mark.parametrize(
    ("key", "pointer"),
    [("a", "/questions/a"), ("x/y~z", "/questions/x~1y~0z"), ("", "/questions/")],
)
def test_an_answer_is_a_string(key: str, pointer: str, value: Any) -> None:
    assert reported({"number": "1", "questions": {key: value}}) == [(pointer, "invalid")]


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("numbre", "/numbre"),
        ("x/y", "/x~1y"),
        ("~", "/~0"),
        ("", "/"),
        ("_schema", "/_schema"),
        ("number.x", "/number.x"),
        ("faults", "/faults"),
        ("Number", "/Number"),
        ("\ud800", "/\ud800"),
    ],
)
@pytest.mark.parametrize("value", ["x", {"a": 1}, []])
def test_a_field_that_is_not_known_is_refused(name: str, pointer: str, value: Any) -> None:
    assert reported({"number": "1", name: value}) == [(pointer, "unknown_field")]


def test_good_fields_stand_beside_bad_ones() -> None:
    found = load_callback_request(
        {"number": "1", "option": 5, "questions": {"a": "1", "b": 2}, "extra": 1}
    )
    assert (found.number, found.option) == ("1", None)
    assert sorted((fault.pointer, fault.code) for fault in found.field_errors) == [
        ("/extra", "unknown_field"),
        ("/option", "invalid"),
        ("/questions/b", "invalid"),
    ]


_VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
_NAMES = st.sampled_from(["number", "option", "start_time", "sms_optin", "questions", "x", ""])


@given(st.dictionaries(_NAMES, _VALUES))
def test_no_object_breaks_the_reader_and_no_fault_is_told_twice(body: dict[str, Any]) -> None:
    pointers = [pointer for pointer, _ in reported(body)]
    assert len(pointers) == len(set(pointers))
