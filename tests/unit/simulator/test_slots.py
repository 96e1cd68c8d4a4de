"""Which windows are offered: settings in the account's zone, instants in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.account import Entry, Scheduling
from simulator.slots import OVERFLOW_DAYS, Window, offer, upcoming

TORONTO = ZoneInfo("America/Toronto")
EVERY_DAY = tuple(range(7))
ALWAYS = Entry(EVERY_DAY, ("0:00",), ("24:00",))
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 10 * 365 * 86_400).map(lambda s: BEGINNING + timedelta(seconds=s))


def settings(*entries: Entry, **changed: object) -> Scheduling:
    values = {"max_options": 1000, "daily_overflow": "today_only", **changed}
    return Scheduling(**{**values, "entries": entries})  # type: ignore[arg-type]


def windows(scheduling: Scheduling, now: str, zone: ZoneInfo = TORONTO) -> list[Window]:
    local = datetime.fromisoformat(now).replace(tzinfo=zone)
    return offer(scheduling, zone, local.astimezone(UTC), lambda _: 0)


def starts(scheduling: Scheduling, now: str, zone: ZoneInfo = TORONTO) -> list[str]:
    """Offered starts in local time, as `07 17:30`."""
    found = windows(scheduling, now, zone)
    return [each.start.astimezone(zone).strftime("%d %H:%M") for each in found]


def test_several_ranges_a_day_are_cut_into_intervals_that_fit() -> None:
    entry = Entry((1, 2, 3), ("8:00", "14:00"), ("9:15", "15:00"))
    assert starts(settings(entry), "2017-08-07 00:00") == [
        "07 08:00",
        "07 08:30",
        "07 14:00",
        "07 14:30",
    ]


def test_zero_to_twenty_four_is_the_whole_day() -> None:
    found = starts(settings(ALWAYS), "2017-08-06 23:59:59")
    assert found == []
    found = starts(settings(ALWAYS), "2017-08-07 00:00")
    assert (found[0], found[-1], len(found)) == ("07 00:30", "07 23:30", 47)


def test_a_window_that_has_begun_is_past() -> None:
    assert starts(settings(ALWAYS), "2017-08-07 17:29:59")[0] == "07 17:30"
    assert starts(settings(ALWAYS), "2017-08-07 17:30:00")[0] == "07 18:00"


def test_the_weekday_is_the_local_one_and_sunday_is_zero() -> None:
    sunday = settings(Entry((0,), ("20:00",), ("21:00",)))
    assert starts(sunday, "2017-08-06 12:00") == ["06 20:00", "06 20:30"]
    assert starts(sunday, "2017-08-07 12:00") == []


def test_a_paused_entry_offers_nothing() -> None:
    assert starts(settings(Entry(EVERY_DAY, ("0:00",), ("24:00",), "paused")), "2017-08-07") == []


@pytest.mark.parametrize(("overflow", "days"), OVERFLOW_DAYS.items())
def test_overflow_offers_so_many_days_more(overflow: str, days: int) -> None:
    noon = Entry(EVERY_DAY, ("12:00",), ("12:30",))
    found = starts(settings(noon, daily_overflow=overflow), "2017-08-07 08:00")
    assert found == [f"{7 + day:02d} 12:00" for day in range(days + 1)]


def test_at_most_max_options_are_offered() -> None:
    assert len(windows(settings(ALWAYS, max_options=5), "2017-08-07 08:00")) == 5


def test_entries_that_overlap_offer_a_window_once() -> None:
    twice = settings(Entry((1,), ("8:00",), ("9:00",)), Entry((1,), ("8:30",), ("9:30",)))
    assert starts(twice, "2017-08-07 00:00") == ["07 08:00", "07 08:30", "07 09:00"]


def test_the_day_the_clocks_go_forward_has_no_window_that_does_not_exist() -> None:
    found = starts(settings(ALWAYS, offer_interval="01:00:00"), "2017-03-12 00:00")
    assert found[:3] == ["12 01:00", "12 03:00", "12 04:00"]
    assert len(found) == 22


def test_the_day_the_clocks_go_back_has_its_hour_twice() -> None:
    found = starts(settings(ALWAYS, offer_interval="01:00:00"), "2017-11-05 00:00")
    assert found[:4] == ["05 01:00", "05 01:00", "05 02:00", "05 03:00"]
    assert len(found) == 24


def test_a_full_window_makes_way_for_the_next() -> None:
    now = datetime(2017, 8, 7, 21, 5, tzinfo=UTC)
    full = datetime(2017, 8, 7, 21, 30, tzinfo=UTC)
    scheduling = settings(ALWAYS, max_options=2, max_scheduled=3)
    found = offer(scheduling, TORONTO, now, lambda start: 3 if start == full else 2)
    assert [each.start.hour for each in found] == [22, 22]


@given(
    now=MOMENTS,
    zone=st.sampled_from(["America/Toronto", "Europe/Madrid", "Australia/Lord_Howe", "UTC"]),
    minutes=st.integers(5, 180),
    overflow=st.sampled_from(sorted(OVERFLOW_DAYS)),
)
def test_windows_are_ordered_ahead_and_never_overlap(
    now: datetime, zone: str, minutes: int, overflow: str
) -> None:
    interval = f"{minutes // 60:02d}:{minutes % 60:02d}:00"
    found = list(
        upcoming(
            settings(ALWAYS, offer_interval=interval, daily_overflow=overflow), ZoneInfo(zone), now
        )
    )
    assert all(window.start > now for window in found)
    assert all(window.end - window.start == timedelta(minutes=minutes) for window in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    last_day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=OVERFLOW_DAYS[overflow])
    assert all(w.start.astimezone(ZoneInfo(zone)).date() <= last_day for w in found)
