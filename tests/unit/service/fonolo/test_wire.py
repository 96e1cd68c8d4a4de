"""Fonolo's answers become dataclasses, as the document shows them and as they may also come."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fonolo import models, wire

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fonolo"
ZONE = ZoneInfo("UTC")
TORONTO = ZoneInfo("America/Toronto")


def example(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def data(name: str) -> Any:
    return example(name)["data"]


class TestTheDocumentsExamples:
    def test_every_one_is_a_success(self) -> None:
        found = sorted(FIXTURES.glob("*.json"))
        assert len(found) == 13
        for path in found:
            status, message, _ = wire.status_of(path.read_bytes())
            assert status == 200
            assert message

    def test_a_started_call(self) -> None:
        assert wire.started_call(data("callback")) == models.StartedCall(
            "CA8b3a9802f271e076069c1844a9d5d7f6",
            "/3.0/call/CA8b3a9802f271e076069c1844a9d5d7f6/status.json",
        )

    def test_a_status(self) -> None:
        assert wire.call_status(data("status"), ZONE) == models.CallStatus(
            "CA8b3a9802f271e076069c1844a9d5d7f6",
            "Holding",
            datetime(2017, 8, 7, 21, 39, 46, tzinfo=UTC),
            22,
        )

    def test_a_profile_and_the_list_of_them(self) -> None:
        found = wire.profile(data("profile"))
        assert found.sid.startswith("CP")
        assert found.language == "english"
        assert found.default_country == "1"
        listed = wire.items(data("profiles"), "profile", wire.profile)
        assert [each.name for each in listed] == ["Web Profile", "Default Call-Back Profile"]

    def test_an_option_and_the_list_of_them(self) -> None:
        found = wire.option(data("option"))
        assert (found.sid, found.name) == (
            "CO529c5278b2cefeabc984506e785d8cb0",
            "Customer Service",
        )
        assert found in wire.items(data("options"), "option", wire.option)

    def test_a_question_and_the_list_of_them(self) -> None:
        found = wire.question(data("question"))
        listed = wire.items(data("questions"), "question", wire.question)
        assert found.key in {each.key for each in listed}
        assert [(each.key, each.type, each.required) for each in listed] == [
            ("first_and_last_name", "recorded_message", True),
            ("account_number", "numeric_input", False),
        ]
        assert all(each.default_value is None for each in listed)
        assert all(each.sip_header_name is None for each in listed)

    def test_scheduling_settings(self) -> None:
        found = wire.scheduling(data("scheduling"))
        assert (found.max_scheduled, found.max_options) == (10, 5)
        assert found.entries[0].day_of_week == (0, 4, 5, 6)
        assert found.entries[0].end_time == ("24:00",)
        assert found.entries[1].start_time == ("8:00", "14:00")

    def test_a_schedule(self) -> None:
        found = wire.slots(data("schedule"), ZONE)
        assert [each.start_time.isoformat() for each in found] == [
            "2017-08-07T21:30:00+00:00",
            "2017-08-07T22:00:00+00:00",
            "2017-08-07T22:30:00+00:00",
            "2017-08-07T23:00:00+00:00",
            "2017-08-07T23:30:00+00:00",
        ]
        assert found[-1].end_time == datetime(2017, 8, 8, tzinfo=UTC)

    def test_a_call_and_the_list_of_them(self) -> None:
        call = wire.call_report(data("call"), ZONE)
        assert call.started == datetime(2017, 8, 4, 19, 19, 5, tzinfo=UTC)
        assert call.fields["client_number_carrier"] == "Fido Solutions Inc."
        page = wire.report_page(example("calls"), ZONE)
        assert (page.page, page.total_pages, page.total_calls) == (1, 1, 2)
        assert [each.status for each in page.calls] == ["Success", "Success"]


class TestEnvelope:
    @pytest.mark.parametrize(
        ("answer", "status", "message"),
        [
            ({"head": {"status": 500, "message": "No."}}, 500, "No."),
            ({"status": 500, "message": "No."}, 500, "No."),
            ({"head": {"status": "500", "message": "No."}}, 500, "No."),
            ({"head": {"status": 500}}, 500, ""),
            ({"head": {"status": 500, "message": None}}, 500, ""),
            ({"head": {"message": "x"}, "status": 500, "message": "No."}, 500, "No."),
            ({"head": None, "status": 200, "message": "Fine."}, 200, "Fine."),
            ({"head": [], "status": 200}, 200, ""),
        ],
    )
    def test_the_status_stands_in_the_head_or_at_the_top(
        self, answer: Any, status: int, message: str
    ) -> None:
        assert wire.status_of(json.dumps(answer).encode())[:2] == (status, message)

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"null",
            b"[]",
            b"200",
            b'"200"',
            b"{}",
            b'{"head": {}}',
            b'{"head": {"status": null}}',
            b'{"head": {"status": true}}',
            b'{"head": {"status": [200]}}',
            b'{"head": {"status": "fine"}}',
            b'{"head": {"status": ""}}',
            b'{"head": {"status": 200',
            b"<html></html>",
            b"\xff\xfe",
            b"\x00",
        ],
    )
    def test_anything_else_cannot_be_read(self, answer: bytes) -> None:
        with pytest.raises((ValueError, KeyError, TypeError)):
            wire.status_of(answer)


class TestSids:
    @pytest.mark.parametrize("prefix", ["CA", "CO", "CP", "QQ"])
    def test_a_sid_of_the_kind_is_returned(self, prefix: str) -> None:
        sid = prefix + "0123456789abcdef" * 2
        assert wire.check_sid(sid, prefix) == sid

    @pytest.mark.parametrize(
        "sid",
        [
            "",
            "CA",
            "CA" + "0" * 31,
            "CA" + "0" * 33,
            "CA" + "A" * 32,
            "CA" + "g" * 32,
            "ca" + "0" * 32,
            "CP" + "0" * 32,
            "CA" + "0" * 32 + "\n",
            "CA" + "0" * 31 + "/",
            "CA../" + "0" * 29,
            "CA" + "\u0660" * 32,
            None,
            5,
            b"CA" + b"0" * 32,
        ],
    )
    def test_anything_else_is_refused_without_being_told(self, sid: Any) -> None:
        with pytest.raises(ValueError, match="not a SID") as raised:
            wire.check_sid(sid, "CA")
        assert len(str(sid)) < 5 or str(sid) not in str(raised.value)


class TestTimes:
    def test_a_start_is_written_in_fonolos_zone(self) -> None:
        at = datetime(2017, 8, 7, 21, 30, tzinfo=UTC)
        assert wire.wire_time(at, ZONE) == "2017-08-07 21:30:00"
        assert wire.wire_time(at, TORONTO) == "2017-08-07 17:30:00"

    def test_an_hour_that_exists_twice_is_the_earlier_one(self) -> None:
        found = wire.local_time("2017-11-05 01:30:00", TORONTO)
        assert found.astimezone(UTC) == datetime(2017, 11, 5, 5, 30, tzinfo=UTC)

    @pytest.mark.parametrize("text", ["2017-11-05 01:00:00", "2017-11-05 01:30:00"])
    def test_a_time_in_it_is_written_as_it_was_read(self, text: str) -> None:
        found = wire.local_time(text, TORONTO).astimezone(UTC)
        assert wire.wire_time(found, TORONTO) == text

    @pytest.mark.parametrize(
        ("timer", "seconds"),
        [
            ("00:22", 22),
            ("01:54", 114),
            ("0:05", 5),
            ("75:00", 4500),
            ("1:00:01", 3601),
            ("--", None),
            ("", None),
            (None, None),
            (22, None),
            ("soon", None),
            ("1:2", None),
            ("-1:00", None),
            ("\u0661:00", None),
        ],
    )
    def test_timers_are_seconds(self, timer: Any, seconds: int | None) -> None:
        assert wire.seconds(timer) == seconds


def schedule(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"schedule": [{"start_time": start, "end_time": end} for start, end in pairs]}


def instants(found: tuple[models.Slot, ...]) -> list[tuple[str, str]]:
    return [
        tuple(at.astimezone(UTC).strftime("%d %H:%M") for at in (each.start_time, each.end_time))  # type: ignore[misc]
        for each in found
    ]


class TestSlots:
    def test_one_alone_may_come_without_a_list(self) -> None:
        lone = {
            "schedule": {"start_time": "2017-08-07 21:30:00", "end_time": "2017-08-07 22:00:00"}
        }
        assert len(wire.slots(lone, ZONE)) == 1

    @pytest.mark.parametrize("none", [{"schedule": []}, {"schedule": None}, {}, []])
    def test_none_may_come_as_anything_empty(self, none: Any) -> None:
        assert wire.slots(none, ZONE) == ()

    def test_one_whose_start_does_not_exist_is_left_out(self) -> None:
        found = wire.slots(
            schedule(
                ("2017-03-12 01:30:00", "2017-03-12 02:00:00"),
                ("2017-03-12 02:00:00", "2017-03-12 02:30:00"),
                ("2017-03-12 03:00:00", "2017-03-12 03:30:00"),
            ),
            TORONTO,
        )
        assert instants(found) == [("12 06:30", "12 07:00"), ("12 07:00", "12 07:30")]

    def test_one_whose_end_falls_in_the_second_of_two_equal_hours_ends_after_its_start(
        self,
    ) -> None:
        found = wire.slots(
            schedule(
                ("2017-11-05 00:30:00", "2017-11-05 01:00:00"),
                ("2017-11-05 01:00:00", "2017-11-05 01:30:00"),
                ("2017-11-05 01:30:00", "2017-11-05 01:00:00"),
            ),
            TORONTO,
        )
        assert instants(found) == [
            ("05 04:30", "05 05:00"),
            ("05 05:00", "05 05:30"),
            ("05 05:30", "05 06:00"),
        ]

    def test_a_slot_named_twice_stands_once(self) -> None:
        twice = [("2017-08-07 21:30:00", "2017-08-07 22:00:00")] * 2
        assert len(wire.slots(schedule(*twice), ZONE)) == 1

    def test_hours_need_not_be_zero_padded(self) -> None:
        found = wire.slots(schedule(("2017-08-07 8:00:00", "2017-08-07 8:30:00")), ZONE)
        assert instants(found) == [("07 08:00", "07 08:30")]

    def test_a_day_ends_at_24_00(self) -> None:
        found = wire.slots(schedule(("2017-08-07 23:30:00", "2017-08-07 24:00:00")), ZONE)
        assert instants(found) == [("07 23:30", "08 00:00")]

    @pytest.mark.parametrize(
        "broken",
        [
            schedule(("", "")),
            schedule(("soon", "later")),
            {"schedule": [{"start_time": "2017-08-07 21:30:00"}]},
            {"schedule": [{"start_time": 5, "end_time": 6}]},
            {"schedule": [None]},
            {"schedule": "none"},
            {"schedule": 5},
        ],
    )
    def test_what_cannot_be_read_says_so(self, broken: Any) -> None:
        with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
            wire.slots(broken, ZONE)


class TestOddities:
    def test_an_unknown_status_cannot_be_read(self) -> None:
        with pytest.raises(ValueError, match="status"):
            wire.call_status({**data("status"), "status": "Dancing"}, ZONE)

    @pytest.mark.parametrize("status", models.STATUSES)
    def test_all_twelve_statuses_are_read(self, status: str) -> None:
        assert wire.call_status({**data("status"), "status": status}, ZONE).status == status

    @pytest.mark.parametrize("date", [None, "", "--"])
    def test_a_status_may_come_without_a_date(self, date: Any) -> None:
        assert wire.call_status({**data("status"), "start_date": date}, ZONE).start_date is None

    @pytest.mark.parametrize(
        ("value", "read"),
        [
            (True, True),
            (False, False),
            ("true", True),
            ("True", True),
            ("1", True),
            (1, True),
            ("yes", True),
            ("false", False),
            ("0", False),
            (0, False),
            ("", False),
            (None, False),
        ],
    )
    def test_a_boolean_may_come_as_a_word_or_a_digit(self, value: Any, read: bool) -> None:
        found = wire.profile({**data("profile"), "scheduling_enabled": value})
        assert found.scheduling_enabled is read

    @pytest.mark.parametrize("value", [1, "1"])
    def test_a_country_may_come_as_a_number(self, value: Any) -> None:
        assert wire.profile({**data("profile"), "default_country": value}).default_country == "1"

    @pytest.mark.parametrize(("value", "read"), [(None, 0), ("10", 10), ("", 0), (10, 10)])
    def test_a_length_may_come_as_digits_or_null(self, value: Any, read: int) -> None:
        assert wire.question({**data("question"), "max_length": value}).max_length == read

    def test_fields_that_are_new_break_nothing(self) -> None:
        assert wire.profile({**data("profile"), "brand_new": {"x": 1}})
        assert wire.option({**data("option"), "brand_new": []})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["sid", "status", "name", "key", "schedule"]), inner)
    ),
    max_leaves=8,
)


@given(_JSON)
def test_no_answer_breaks_a_reader_in_an_unforeseen_way(answer: Any) -> None:
    readers = (
        wire.profile,
        wire.option,
        wire.question,
        wire.scheduling,
        wire.started_call,
        lambda each: wire.slots(each, TORONTO),
        lambda each: wire.call_status(each, TORONTO),
        lambda each: wire.call_report(each, TORONTO),
        lambda each: wire.report_page(each, TORONTO),
    )
    for read in readers:
        try:
            read(answer)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            continue
