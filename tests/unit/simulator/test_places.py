"""A scheduled call takes its place in a window, and a window has only so many."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.unit.simulator.bench import (
    DOCUMENT_PROFILE,
    TECHNICAL_SUPPORT,
    WEB_PROFILE,
    Bench,
    make_bench,
)

SPANISH_PROFILE = "CPc49fe0f25045ccedc981b9b895f7890d"
BILLING = "CO8898e8e21884dbf93f4df40d8a278d5b"
FIRST = "2017-08-07 21:30:00"


def test_ten_calls_fill_a_window_and_a_cancel_frees_a_place(bench: Bench) -> None:
    sids = [bench.place(fc_start_date=FIRST) for _ in range(10)]
    assert FIRST not in bench.slots()
    assert bench.start(fc_start_date=FIRST).status_code == 500
    bench.post(f"callback/{sids[3]}/cancel")
    assert bench.slots()[0] == FIRST
    bench.place(fc_start_date=FIRST)
    assert FIRST not in bench.slots()


def test_places_are_counted_for_the_whole_profile(bench: Bench) -> None:
    for _ in range(10):
        bench.place(fc_option=TECHNICAL_SUPPORT, fc_start_date=FIRST)
    assert FIRST not in bench.slots(DOCUMENT_PROFILE)
    assert FIRST in bench.slots(WEB_PROFILE)


def test_a_call_to_a_shared_option_takes_a_place_in_every_profile_that_has_it(
    bench: Bench,
) -> None:
    for _ in range(10):
        bench.place(fc_start_date=FIRST)
    assert FIRST not in bench.slots(DOCUMENT_PROFILE)
    assert FIRST not in bench.slots(WEB_PROFILE)
    assert bench.report(bench.place())["profile_sid"] == DOCUMENT_PROFILE


def test_immediate_calls_take_no_place(bench: Bench) -> None:
    for _ in range(12):
        bench.place()
    assert bench.slots()[0] == FIRST


def test_a_deleted_call_frees_its_place(bench: Bench) -> None:
    first = bench.slots(SPANISH_PROFILE, BILLING)[0]
    sid = bench.place(fc_option=BILLING, fc_start_date=first)
    assert first not in bench.slots(SPANISH_PROFILE, BILLING)
    bench.client.delete(f"/_simulator/calls/{sid}")
    assert bench.slots(SPANISH_PROFILE, BILLING)[0] == first


def test_a_scheduled_call_canceled_before_its_start_is_reported_when_it_was_canceled() -> None:
    bench = make_bench(now=datetime(2017, 8, 7, 23, 5, tzinfo=UTC))
    tomorrow = next(slot for slot in bench.slots(SPANISH_PROFILE, BILLING) if slot > "2017-08-09")
    sid = bench.place(fc_option=BILLING, fc_start_date=tomorrow)
    bench.post(f"callback/{sid}/cancel")
    status = bench.get(f"callback/{sid}/status").get_json()["data"]
    assert (status["status"], status["start_date"]) == ("Canceled", tomorrow)
    (row,) = bench.get("calls?period=today").get_json()["data"]["call"]
    assert (row["sid"], row["datetime"]) == (sid, "2017-08-07 23:05:00")
    assert row["call_disposition"] == "Scheduled"


def test_the_demo_offers_windows_at_any_hour() -> None:
    for hour in range(24):
        bench = make_bench(now=datetime(2026, 3, 8, hour, 59, tzinfo=UTC))
        for profile, option in (
            ("CP990c4a1841ef302579e1fd6556318be8", "CO3d2fc711143c2e5e1dcc4700baeb754c"),
            ("CP5b5b5f52d058aa3b3ba03980350ddc87", "CO7c302257bfc6d5664fca9d21e2714aff"),
            (SPANISH_PROFILE, BILLING),
        ):
            assert len(bench.slots(profile, option)) >= 16
