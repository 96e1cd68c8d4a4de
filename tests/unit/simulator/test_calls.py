"""How call-backs live and end, and what the reports say of them afterwards."""

from __future__ import annotations

import random

import pytest

from simulator.walk import FINAL, STEPS, Plan, Status, plan
from tests.unit.simulator.bench import CUSTOMER_SERVICE, NUMBER, Bench, make_bench

SUCCESSFUL = [
    "Initialization",
    "Pending",
    "Calling Target",
    "Holding",
    "Calling Client",
    "Call In Progress",
    "Success",
]


def walk(bench: Bench, sid: str, step: float = 1.0) -> list[str]:
    """Follow a call until it ends; each status once."""
    seen = [bench.status(sid)]
    while seen[-1] not in FINAL:
        bench.clock.forward(seconds=step)
        status = bench.status(sid)
        if status != seen[-1]:
            seen.append(status)
    return seen


def seconds(text: str) -> int:
    minutes, rest = map(int, text.split(":"))
    return 60 * minutes + rest


def test_an_immediate_call_walks_from_initialization_to_success(bench: Bench) -> None:
    assert walk(bench, bench.place()) == SUCCESSFUL


def test_a_walk_takes_about_a_minute(bench: Bench) -> None:
    sid, began = bench.place(), bench.clock.now
    walk(bench, sid)
    assert 57 <= (bench.clock.now - began).total_seconds() <= 90


def test_a_call_two_hundred_times_faster_visits_the_same_statuses() -> None:
    bench = make_bench(speed=200)
    sid, began = bench.place(), bench.clock.now
    assert walk(bench, sid, step=0.005) == SUCCESSFUL
    assert (bench.clock.now - began).total_seconds() < 0.5
    assert 50 < seconds(bench.report(sid)["duration"]) < 90


def test_a_scheduled_call_waits_for_its_start_however_fast_calls_are() -> None:
    bench = make_bench(speed=200)
    sid = bench.place(fc_start_date="2017-08-07 21:30:00")
    assert bench.status(sid) == "Scheduled"
    bench.clock.forward(minutes=24, seconds=59)
    assert bench.status(sid) == "Scheduled"
    bench.clock.forward(seconds=1)
    assert walk(bench, sid, step=0.005) == SUCCESSFUL[1:]


def test_the_start_date_is_the_start_or_the_scheduled_time(bench: Bench) -> None:
    now = bench.place()
    later = bench.place(fc_start_date="2017-08-07 22:00:00")
    dates = [
        bench.get(f"callback/{sid}/status").get_json()["data"]["start_date"] for sid in (now, later)
    ]
    assert dates == ["2017-08-07 21:05:00", "2017-08-07 22:00:00"]


def test_0002_ends_failed_because_nobody_answers(bench: Bench) -> None:
    sid = bench.place(fc_number="14163660002")
    assert walk(bench, sid) == [*SUCCESSFUL[:5], "Failed"]
    report = bench.report(sid)
    assert (report["status"], report["clearing"]) == ("Failed", "Client No Answer")
    assert (report["talktime"], report["ended_by"]) == ("00:00", "Company")


def test_0003_ends_in_an_error_callback_and_then_failed(bench: Bench) -> None:
    sid = bench.place(fc_number="14163660003")
    assert walk(bench, sid) == [*SUCCESSFUL[:4], "Error Callback", "Failed"]
    report = bench.report(sid)
    assert (report["reschedule"], report["target_dtmf_history"]) == ("No", "--")


@pytest.mark.parametrize("after", [0, 3, 8, 15, 45])
def test_a_call_can_be_canceled_until_it_ends(bench: Bench, after: int) -> None:
    sid = bench.place()
    bench.clock.forward(seconds=after)
    assert bench.post(f"callback/{sid}/cancel").status_code == 200
    bench.clock.forward(hours=1)
    assert bench.status(sid) == "Canceled"
    report = bench.report(sid)
    assert (report["ended_by"], report["clearing"]) == ("Client", "Canceled By Client")
    assert seconds(report["duration"]) == max(0, after - 5)


def test_what_has_ended_cannot_be_canceled(bench: Bench) -> None:
    done, canceled = bench.place(), bench.place()
    bench.post(f"callback/{canceled}/cancel")
    bench.clock.forward(minutes=2)
    for sid in (done, canceled, "CA2da8412058605dd43f396b0dc17c64c4"):
        answer = bench.post(f"callback/{sid}/cancel")
        assert answer.status_code == 500
        assert answer.get_json()["head"]["message"].startswith("Unable to cancel")
    assert (bench.status(done), bench.status(canceled)) == ("Success", "Canceled")


def test_a_deleted_call_says_so_and_leaves_the_reports(bench: Bench) -> None:
    sid = bench.place()
    bench.clock.forward(minutes=2)
    assert bench.client.delete(f"/_simulator/calls/{sid}").status_code == 204
    assert bench.status(sid) == "Deleted"
    assert bench.get(f"call/{sid}").status_code == 500
    assert bench.get("calls?period=today").get_json()["head"]["total_calls"] == 0
    assert bench.client.delete("/_simulator/calls/CA0").status_code == 404


def test_the_duration_grows_from_the_moment_the_queue_is_dialled(bench: Bench) -> None:
    sid, durations = bench.place(), []
    for _ in range(4):
        bench.clock.forward(seconds=4)
        durations.append(bench.get(f"callback/{sid}/status").get_json()["data"]["duration"])
    assert durations == ["00:00", "00:03", "00:07", "00:11"]


def test_a_report_agrees_with_the_walk(bench: Bench) -> None:
    sid = bench.place(fc_sms_optin="true")
    spent = dict.fromkeys(SUCCESSFUL, 0)
    while (status := bench.status(sid)) != "Success":
        spent[status] += 1
        bench.clock.forward(seconds=1)
    report = bench.report(sid)
    assert seconds(report["deepdial"]) == spent["Calling Target"]
    assert seconds(report["holdtime"]) == spent["Holding"]
    assert seconds(report["cctime"]) == spent["Calling Client"]
    assert seconds(report["talktime"]) == spent["Call In Progress"]
    assert seconds(report["duration"]) == sum(list(spent.values())[2:])
    assert (report["call_disposition"], report["status"]) == ("Immediate", "Success")
    assert report["clearing"] == "Normal Clearing"
    assert report["ended_by"] in ("Client", "Company")
    assert (report["client"], report["option_sid"]) == (NUMBER, CUSTOMER_SERVICE)
    assert report["client_number_carrier"] == "Fido Solutions Inc."


@pytest.mark.parametrize(
    ("optin", "expected"),
    [
        ("true", ("Yes", "Yes", "--", "Yes")),
        ("1", ("Yes", "Yes", "--", "Yes")),
        ("false", ("No", "--", "--", "--")),
        ("", ("No", "--", "--", "--")),
    ],
)
def test_the_sms_fields_follow_the_opt_in(
    bench: Bench, optin: str, expected: tuple[str, ...]
) -> None:
    sid = bench.place(fc_sms_optin=optin)
    bench.clock.forward(minutes=2)
    report = bench.report(sid)
    fields = ("sms_optin", "sms_confirm", "sms_update", "sms_wrapup")
    assert tuple(report[field] for field in fields) == expected


def test_a_live_call_has_details_but_is_in_no_report(bench: Bench) -> None:
    sid = bench.place(fc_start_date="2017-08-07 21:30:00")
    report = bench.report(sid)
    assert (report["status"], report["call_disposition"]) == ("Scheduled", "Scheduled")
    assert (report["clearing"], report["ended_by"]) == ("--", "--")
    bench.clock.forward(minutes=25, seconds=30)
    assert bench.report(sid)["status"] == "Holding"
    assert bench.get("calls?period=today").get_json()["data"]["call"] == []


def test_sids_look_like_fonolos(bench: Bench) -> None:
    sids = {bench.place() for _ in range(20)}
    assert len(sids) == 20
    for sid in sids:
        assert sid.startswith("CA")
        assert len(bytes.fromhex(sid[2:])) == 16


def test_every_status_can_be_reached_and_ends_somewhere() -> None:
    reached = {there for steps in STEPS.values() for there in steps}
    beginnings = {Status.INITIALIZATION, Status.SCHEDULED}
    assert reached | beginnings == set(Status)
    assert len(Status) == 12


def test_a_plan_that_skips_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot go from Pending to Success"):
        Plan(((Status.PENDING, 1.0),), Status.SUCCESS)


@pytest.mark.parametrize("scheduled", [False, True])
def test_every_plan_the_simulator_makes_is_a_legal_walk(scheduled: bool) -> None:
    for seed in range(50):
        rng = random.Random(seed)
        good = plan(Status.SUCCESS, error_callback=False, scheduled=scheduled, rng=rng)
        total = sum(seconds for _, seconds in good.steps)
        assert 55 <= total <= 90
        assert good.at(total).status is Status.SUCCESS
        assert good.at(total - 0.001).status is Status.IN_PROGRESS
