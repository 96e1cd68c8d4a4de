"""Faults on demand and test numbers: what they spoil, and what is placed all the same."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.faults import ENDPOINTS
from tests.unit.simulator.bench import (
    CREDENTIALS,
    CUSTOMER_SERVICE,
    DOCUMENT_PROFILE,
    Bench,
)

SORRY = "Unable to started call-back. Please try again."
SCHEDULE = f"profile/{DOCUMENT_PROFILE}/option/{CUSTOMER_SERVICE}/schedule"


def test_refuse_is_the_documented_failure_and_places_nothing(bench: Bench) -> None:
    bench.fault(endpoint="callback", mode="refuse")
    answer = bench.start()
    assert answer.status_code == 500
    assert answer.get_json() == {"head": {"status": 500, "message": SORRY}}
    assert [line["sid"] for line in bench.journal()] == [None]


def test_refuse_200_says_so_in_the_head_only(bench: Bench) -> None:
    bench.fault(endpoint="callback", mode="refuse_200")
    answer = bench.start()
    assert (answer.status_code, answer.get_json()["head"]["status"]) == (200, 500)
    assert [line["sid"] for line in bench.journal()] == [None]


def test_bare_has_its_status_at_the_top_level(bench: Bench) -> None:
    bench.fault(endpoint="callback", mode="bare")
    assert bench.start().get_json() == {"status": 500, "message": SORRY}
    assert [line["sid"] for line in bench.journal()] == [None]


@pytest.mark.parametrize("mode", ["html", "truncated", "empty", "hang", "cut"])
def test_every_other_fault_on_a_start_places_the_call(bench: Bench, mode: str) -> None:
    bench.fault(endpoint="callback", mode=mode)
    if mode == "cut":
        with pytest.raises(ConnectionResetError):
            bench.start().get_data()
    else:
        bench.start()
    (line,) = bench.journal()
    assert bench.status(line["sid"]) == "Initialization"


def test_html_is_a_502_of_a_proxy(bench: Bench) -> None:
    bench.fault(endpoint="profile", mode="html")
    answer = bench.get(f"profile/{DOCUMENT_PROFILE}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert "<html>" in answer.text


def test_truncated_is_half_an_answer_that_looks_whole(bench: Bench) -> None:
    whole = bench.get(SCHEDULE)
    bench.fault(endpoint="schedule", mode="truncated")
    half = bench.get(SCHEDULE)
    assert half.status_code == 200
    assert half.data == whole.data[: len(whole.data) // 2]
    assert int(half.headers["Content-Length"]) == len(half.data)


def test_empty_is_a_200_without_a_word(bench: Bench) -> None:
    bench.fault(endpoint="schedule", mode="empty")
    answer = bench.get(SCHEDULE)
    assert (answer.status_code, answer.data) == (200, b"")


def test_hang_waits_without_end(bench: Bench) -> None:
    bench.fault(endpoint="status", mode="hang")
    bench.get(f"callback/{bench.place()}/status")
    assert bench.waits == [None]


def test_latency_and_jitter_delay_an_answer_within_their_bounds(bench: Bench) -> None:
    bench.fault(endpoint="profile", latency_ms=200, jitter_ms=100)
    for _ in range(50):
        assert bench.get(f"profile/{DOCUMENT_PROFILE}").status_code == 200
    pauses = [each for each in bench.waits if each is not None]
    assert len(pauses) == 50
    assert 0.2 <= min(pauses) < 0.23
    assert 0.27 < max(pauses) <= 0.3


def test_a_rate_lets_the_rest_pass(bench: Bench) -> None:
    bench.fault(endpoint="profile", mode="refuse", rate=0.3)
    answers = [bench.get(f"profile/{DOCUMENT_PROFILE}").status_code for _ in range(300)]
    assert 60 <= answers.count(500) <= 120
    bench.fault(endpoint="profile", mode="refuse", rate=0)
    assert bench.get(f"profile/{DOCUMENT_PROFILE}").status_code == 200


def test_an_endpoints_own_fault_goes_before_the_one_for_all(bench: Bench) -> None:
    bench.fault(endpoint="*", mode="refuse")
    bench.fault(endpoint="profile", mode="html")
    assert bench.get(f"profile/{DOCUMENT_PROFILE}").status_code == 502
    assert bench.get("profiles").status_code == 500
    assert bench.get(SCHEDULE).status_code == 500


def test_a_second_fault_replaces_the_first_of_its_endpoint(bench: Bench) -> None:
    bench.fault(endpoint="profile", mode="html", latency_ms=5)
    bench.fault(endpoint="profile", mode="refuse")
    bench.fault(endpoint="status", latency_ms=7)
    faults = bench.client.get("/_simulator/faults").get_json()["faults"]
    assert faults == [
        {"endpoint": "profile", "latency_ms": 0, "jitter_ms": 0, "rate": 1.0, "mode": "refuse"},
        {"endpoint": "status", "latency_ms": 7, "jitter_ms": 0, "rate": 1.0, "mode": None},
    ]


def test_delete_clears_all_or_one(bench: Bench) -> None:
    for endpoint in ENDPOINTS:
        assert bench.fault(endpoint=endpoint, mode="refuse").status_code == 201
    assert bench.client.delete("/_simulator/faults?endpoint=profile").status_code == 204
    assert bench.get(f"profile/{DOCUMENT_PROFILE}").status_code == 200
    assert bench.get("profiles").status_code == 500
    assert bench.client.delete("/_simulator/faults").status_code == 204
    assert bench.get("profiles").status_code == 200
    assert bench.client.delete("/_simulator/faults?endpoint=nothing").status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "endpoint"),
        ({"endpoint": "callbacks"}, "endpoint"),
        ({"endpoint": ["callback"]}, "endpoint"),
        ({"endpoint": "callback", "mode": "explode"}, "mode"),
        ({"endpoint": "callback", "latency_ms": -1}, "latency_ms"),
        ({"endpoint": "callback", "latency_ms": 1.5}, "latency_ms"),
        ({"endpoint": "callback", "jitter_ms": True}, "jitter_ms"),
        ({"endpoint": "callback", "rate": 1.1}, "rate"),
        ({"endpoint": "callback", "rate": "often"}, "rate"),
        ({"endpoint": "callback", "latency": 5}, "latency"),
        ([], ""),
        (None, ""),
    ],
)
def test_a_bad_switch_is_refused_by_the_name_of_its_field(
    bench: Bench, body: Any, field: str
) -> None:
    answer = bench.client.post("/_simulator/faults", json=body)
    assert answer.status_code == 422
    assert list(answer.get_json()["fields"]) == [field]
    assert bench.client.get("/_simulator/faults").get_json() == {"faults": []}


def test_a_body_that_is_no_json_is_refused(bench: Bench) -> None:
    assert bench.client.post("/_simulator/faults", data=b"{nonsense").status_code == 422


def test_credentials_are_checked_before_any_fault(bench: Bench) -> None:
    bench.fault(endpoint="*", mode="hang")
    assert bench.get("profiles", auth=("AC", "no")).status_code == 401
    assert bench.waits == []


def test_0001_is_refused(bench: Bench) -> None:
    assert bench.start(fc_number="4420790001").get_json()["head"]["message"] == SORRY
    assert [line["sid"] for line in bench.journal()] == [None]


def test_0004_is_placed_at_once_and_answered_after_30_s(bench: Bench) -> None:
    assert bench.start(fc_number="14163660004").status_code == 200
    assert bench.waits == [30.0]


def test_0005_is_placed_and_its_connection_cut(bench: Bench) -> None:
    with pytest.raises(ConnectionResetError):
        bench.start(fc_number="14163660005").get_data()
    assert bench.status(bench.journal()[0]["sid"]) == "Initialization"


def test_0006_and_0007_are_placed_and_answered_badly(bench: Bench) -> None:
    assert bench.start(fc_number="14163660006").status_code == 502
    half = bench.start(fc_number="14163660007")
    assert half.status_code == 200
    assert half.get_json(silent=True) is None
    assert all(line["sid"] for line in bench.journal())


def test_the_journal_shows_what_arrived_and_what_became_of_it(bench: Bench) -> None:
    sid = bench.place(account_number="12345")
    bench.clock.forward(seconds=20)
    bench.start(fc_number="x")
    assert bench.journal() == [
        {
            "sid": sid,
            "received_at": "2017-08-07T21:05:00.000Z",
            "status": "Holding",
            "form": {
                "fc_number": "14163662500",
                "fc_option": CUSTOMER_SERVICE,
                "account_number": "12345",
            },
        },
        {
            "sid": None,
            "received_at": "2017-08-07T21:05:20.000Z",
            "status": None,
            "form": {"fc_number": "x", "fc_option": CUSTOMER_SERVICE},
        },
    ]


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("127.0.0.1", 200),
        ("127.8.9.1", 200),
        ("::1", 200),
        ("::ffff:127.0.0.1", 200),
        ("192.0.2.7", 401),
        ("::ffff:192.0.2.7", 401),
        ("2001:db8::1", 401),
        ("", 401),
    ],
)
def test_off_loopback_the_workbench_asks_for_credentials(
    bench: Bench, peer: str, status: int
) -> None:
    environ = {"REMOTE_ADDR": peer}
    for path in ("calls", "faults", "console"):
        url = f"/_simulator/{path}"
        assert bench.client.get(url, environ_base=environ).status_code == status
        known = bench.client.get(url, environ_base=environ, auth=CREDENTIALS)
        assert known.status_code == 200
