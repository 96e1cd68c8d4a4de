"""The console page: self-contained, and fit for a strict content security policy."""

from __future__ import annotations

import re

import pytest

from tests.unit.simulator.bench import Bench

FILES = [
    "",
    "console/console.css",
    "console/console.js",
    "console/calls.js",
    "console/dom.js",
    "console/faults.js",
    "console/icon.svg",
]


@pytest.mark.parametrize("path", FILES)
def test_the_page_and_its_files_are_there_under_a_strict_policy(bench: Bench, path: str) -> None:
    with bench.client.get(f"/{path}") as answer:
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_the_page_may_be_framed(bench: Bench) -> None:
    with bench.client.get("/") as answer:
        assert "frame-ancestors" not in answer.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer.headers


def test_the_page_needs_nothing_from_elsewhere_and_nothing_inline(bench: Bench) -> None:
    with bench.client.get("/") as answer:
        page = answer.text
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    for path in FILES:
        with bench.client.get(f"/{path}") as answer:
            addresses = re.findall(r"https?://[\w.]+", answer.text)
        assert set(addresses) <= {"http://www.w3.org"}


def test_the_console_sees_calls_faults_and_the_journal(bench: Bench) -> None:
    bench.fault(endpoint="status", latency_ms=5)
    sid = bench.place(fc_sms_optin="true")
    bench.clock.forward(seconds=20)
    state = bench.client.get("/_simulator/console").get_json()
    assert (state["now"], state["timezone"]) == ("2017-08-07 21:05:20", "America/Toronto")
    assert [call["sid"] for call in state["calls"]] == [sid]
    assert state["calls"][0]["status"] == "Holding"
    assert state["calls"][0]["reached"] == [
        "Initialization",
        "Pending",
        "Calling Target",
        "Holding",
    ]
    assert state["calls"][0]["planned"][-1] == "Success"
    assert state["journal"][0]["sid"] == sid
    assert state["faults"][0]["endpoint"] == "status"
    assert len(state["profiles"]) == 7


def test_what_is_not_there_is_404(bench: Bench) -> None:
    assert bench.client.get("/console/../app.py").status_code == 404
    assert bench.client.get("/nothing").get_json() == {"error": "Not Found."}
