"""Strict JSON: what is read twice is read the same way, or not at all."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Problem
from service.http.request_body import MAX_DEPTH, fingerprint, parse_json, read_json


def malformed(body: bytes) -> bool:
    with pytest.raises(Problem) as raised:
        parse_json(body)
    return raised.value.code == "malformed_json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{}{}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 01}',
        b'{"a": "\n"}',
        b'{"a": "\x00"}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',  # a surrogate in UTF-8
        b'{"a": "\xc0\xaf"}',  # an overlong slash
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1}\xef\xbb\xbf',
        b'\xef\xbb\xbf\xef\xbb\xbf{"a": 1}',
        b"\xef\xbb\xbf",
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": null, "a": 1}',
        b'{"q": {"a": "1", "a": "2"}}',
        b"[" * 16_000,
        b'{"a":' * 3_000,
        b"undefined",
        b"\x80",
    ],
)
def test_what_is_not_strict_json_is_malformed(body: bytes) -> None:
    assert malformed(body)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_is_bounded(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    assert parse_json(opening * MAX_DEPTH + b"1" + closing * MAX_DEPTH) is not None
    assert malformed(opening * (MAX_DEPTH + 1) + b"1" + closing * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a": null, "b": 1}', {"b": 1}),
        (b'{"q": {"a": null}}', {"q": {}}),
        (b"null", None),
        (b"[null]", [None]),
        (b'"text"', "text"),
        (b"1", 1),
        (b'{"a": "\\ud800"}', {"a": "\ud800"}),
        ('{"a": "é😀"}'.encode(), {"a": "é😀"}),
        (b' \t\r\n{"a": 1}\n', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),  # a byte order mark
    ],
)
def test_null_is_as_good_as_absent_and_a_byte_order_mark_is_none(body: bytes, read: Any) -> None:
    assert parse_json(body) == read


def read_encoded(encoding: str) -> Any:
    headers = {"Content-Encoding": encoding}
    with Flask(__name__).test_request_context(json={"a": 1}, headers=headers):
        return read_json()


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_identity_is_no_encoding(encoding: str) -> None:
    assert read_encoded(encoding) == {"a": 1}


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
def test_every_other_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(Problem) as raised:
        read_encoded(encoding)
    assert raised.value.code == "unsupported_media_type"


class TestFingerprint:
    def of(self, body: bytes) -> str:
        return fingerprint(parse_json(body))

    @pytest.mark.parametrize(
        "same",
        [
            b'{"option":"x","number":"1"}',
            b' { "number" : "1",\n "option": "x" } ',
            b'{"number": "1", "option": "x", "start_time": null}',
            b'{"number": "\\u0031", "option": "x"}',
            b'{"number": "1", "option": "x", "captcha_token": "abc"}',
            b'{"number": "1", "option": "x", "captcha_token": 5}',
        ],
    )
    def test_spelling_nulls_and_the_captcha_token_do_not_count(self, same: bytes) -> None:
        assert self.of(same) == self.of(b'{"number": "1", "option": "x"}')

    @pytest.mark.parametrize(
        "other",
        [
            b'{"number": "2", "option": "x"}',
            b'{"number": "1"}',
            b'{"number": 1, "option": "x"}',
            b'{"number": "1", "option": "x", "sms_optin": false}',
            b'{"number": "1", "option": "x", "questions": {}}',
            b'{"number": "1", "option": "x", "questions": {"captcha_token": "a"}}',
            b'[{"number": "1", "option": "x"}]',
        ],
    )
    def test_all_else_counts(self, other: bytes) -> None:
        assert self.of(other) != self.of(b'{"number": "1", "option": "x"}')

    def test_a_token_that_is_an_answer_counts(self) -> None:
        one, two = (b'{"questions": {"captcha_token": "%s"}}' % each for each in (b"a", b"b"))
        assert self.of(one) != self.of(two)


_VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(_VALUES)
def test_what_is_shallow_json_is_read_as_it_is(value: Any) -> None:
    try:
        read = parse_json(json.dumps(value).encode())
    except Problem:  # too deep
        return
    assert read == value


@given(st.binary(max_size=64))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with suppress(Problem):
        fingerprint(parse_json(body))
