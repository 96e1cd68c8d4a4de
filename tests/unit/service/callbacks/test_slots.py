"""Slots: the times that callers write are instants, right across changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.callbacks.slots import Slot, find_slot, read_start_time

TORONTO = ZoneInfo("America/Toronto")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its clocks change by half an hour


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


class TestWithOffset:
    @pytest.mark.parametrize(
        "text",
        [
            "2017-08-07T17:30:00-04:00",
            "2017-08-07T21:30:00Z",
            "2017-08-07T21:30:00z",
            "2017-08-07t21:30:00Z",
            "2017-08-07 21:30:00Z",
            "2017-08-07T21:30:00+00:00",
            "2017-08-07T21:30:00+0000",
            "2017-08-07T17:30:00-0400",
            "2017-08-07T21:30:00.0-0000",
            "2017-08-07T21:30:00-00:00",
            "2017-08-08T03:00:00+05:30",
            "2017-08-07T21:30:00.0Z",
            "2017-08-07T21:30:00.000000000Z",
        ],
    )
    def test_the_spelling_does_not_matter(self, text: str) -> None:
        assert read_start_time(text, TORONTO) == utc(2017, 8, 7, 21, 30)

    def test_fractions_of_a_second_make_another_instant(self) -> None:
        for text in ("2017-08-07T21:30:00.5Z", "2017-08-07T21:30:00.000001Z"):
            found = read_start_time(text, TORONTO)
            assert found is not None
            assert found != utc(2017, 8, 7, 21, 30)

    def test_each_of_two_equal_hours_can_be_named(self) -> None:
        first = read_start_time("2017-11-05T01:30:00-04:00", TORONTO)
        second = read_start_time("2017-11-05T01:30:00-05:00", TORONTO)
        assert first == utc(2017, 11, 5, 5, 30)
        assert second == utc(2017, 11, 5, 6, 30)


class TestLocal:
    @pytest.mark.parametrize(
        ("text", "zone", "instant"),
        [
            ("2017-08-07 21:30:00", ZoneInfo("UTC"), utc(2017, 8, 7, 21, 30)),
            ("2017-08-07 17:30:00", TORONTO, utc(2017, 8, 7, 21, 30)),
            ("2017-01-07 17:30:00", TORONTO, utc(2017, 1, 7, 22, 30)),
        ],
    )
    def test_fonolos_own_form_is_read_in_fonolos_zone(
        self, text: str, zone: ZoneInfo, instant: datetime
    ) -> None:
        assert read_start_time(text, zone) == instant

    def test_a_local_hour_that_exists_twice_is_the_earlier_instant(self) -> None:
        assert read_start_time("2017-11-05 01:30:00", TORONTO) == utc(2017, 11, 5, 5, 30)
        assert read_start_time("2017-04-02 01:45:00", LORD_HOWE) == utc(2017, 4, 1, 14, 45)

    @pytest.mark.parametrize(
        ("text", "zone"),
        [
            ("2017-03-12 02:00:00", TORONTO),
            ("2017-03-12 02:30:00", TORONTO),
            ("2017-03-12 02:59:59", TORONTO),
            ("2017-10-01 02:15:00", LORD_HOWE),
        ],
    )
    def test_a_local_hour_that_does_not_exist_is_no_time(self, text: str, zone: ZoneInfo) -> None:
        assert read_start_time(text, zone) is None

    @pytest.mark.parametrize("text", ["2017-03-12 01:59:59", "2017-03-12 03:00:00"])
    def test_the_hours_around_it_exist(self, text: str) -> None:
        assert read_start_time(text, TORONTO) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "0",
        "1502141400",
        "2017-08-07",
        "2017-08-07T21:30",
        "2017-08-07T21:30Z",
        "2017-08-07T21:30:00",  # a T and no offset: neither RFC 3339 nor Fonolo's form
        "2017-08-07T21:30:00+000",
        "2017-08-07T21:30:00+2400",
        "2017-08-07T213000+0000",
        "2017-08-07T21:30:00+00",
        "2017-08-07T21:30:00+24:00",
        "2017-08-07T21:30:00-99:99",
        "2017-08-07T24:00:00Z",
        "2017-08-07 24:00:00",
        "2017-08-07T21:60:00Z",
        "2017-08-07T21:30:61Z",
        "2017-02-29T21:30:00Z",
        "2017-13-01T21:30:00Z",
        "2017-8-7 21:30:00",
        "20170807T213000Z",
        "2017-W32-1T21:30:00Z",
        " 2017-08-07 21:30:00",
        "2017-08-07 21:30:00 ",
        "2017-08-07 21:30:00\n",
        "2017-08-07T21:30:00Z\n",
        "2017-08-07  21:30:00",
        "2017-08-07_21:30:00Z",
        "２０１７-08-07T21:30:00Z",
        "2017-08-07T21:30:00.Z",
        "2017-08-07T21:30:00,5Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-2017-08-07T21:30:00Z",
        "2017-08-07T21:30:00\u221204:00",
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    assert read_start_time(text, TORONTO) is None


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01 00:00:00",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31 23:59:59",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/Toronto", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_ends_of_the_calendar_break_nothing(text: str, zone: str) -> None:
    found = read_start_time(text, ZoneInfo(zone))
    assert found is None or found.tzinfo is UTC
    if found:
        assert find_slot([Slot(utc(2017, 8, 7, 21), utc(2017, 8, 7, 22))], found) is None


def test_a_second_that_is_a_leap_second_is_no_slots_start() -> None:
    assert read_start_time("2016-12-31T23:59:60Z", TORONTO) is None


@given(st.text(), st.sampled_from([TORONTO, LORD_HOWE, ZoneInfo("UTC")]))
def test_no_text_breaks_the_reader(text: str, zone: ZoneInfo) -> None:
    found = read_start_time(text, zone)
    assert found is None or found.tzinfo is UTC


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_what_is_presented_with_an_offset_is_read_as_the_same_instant(naive: datetime) -> None:
    instant = naive.replace(microsecond=0, tzinfo=UTC)
    for zone in (TORONTO, LORD_HOWE):
        text = instant.astimezone(zone).isoformat(timespec="seconds")
        if len(text) == len("2017-08-07T17:30:00-04:00"):  # not so with offsets of seconds
            assert read_start_time(text, TORONTO) == instant


class TestFindSlot:
    def test_a_slot_is_found_by_its_start_whatever_the_zone(self) -> None:
        start = datetime(2017, 8, 7, 17, 30, tzinfo=TORONTO)
        slot = Slot(start, start + timedelta(minutes=30))
        assert find_slot([slot], utc(2017, 8, 7, 21, 30)) is slot

    @pytest.mark.parametrize("fold", [0, 1])
    def test_a_slot_in_an_hour_that_exists_twice_is_found(self, fold: int) -> None:
        start = datetime(2017, 11, 5, 1, 30, fold=fold, tzinfo=TORONTO)
        slot = Slot(start, datetime(2017, 11, 5, 2, 0, tzinfo=TORONTO))
        assert find_slot([slot], start.astimezone(UTC)) is slot

    def test_the_other_of_two_equal_hours_is_another_instant(self) -> None:
        start = datetime(2017, 11, 5, 1, 30, tzinfo=TORONTO)
        slot = Slot(start, datetime(2017, 11, 5, 2, 0, tzinfo=TORONTO))
        assert find_slot([slot], utc(2017, 11, 5, 6, 30)) is None

    def test_a_time_within_a_slot_or_at_its_end_is_not_its_start(self) -> None:
        slot = Slot(utc(2017, 8, 7, 21, 30), utc(2017, 8, 7, 22))
        assert find_slot([slot], utc(2017, 8, 7, 21, 31)) is None
        assert find_slot([slot], utc(2017, 8, 7, 22)) is None
        assert find_slot([], utc(2017, 8, 7, 21, 30)) is None
