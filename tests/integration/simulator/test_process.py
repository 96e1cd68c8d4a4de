"""The real `fonolo-simulator`: its line, its end, its sockets, its arguments."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import running

CREDENTIALS = (running.ACCOUNT_SID, running.AUTH_TOKEN)
NUMBER = "14163662500"
FORM = {"fc_number": NUMBER, "fc_option": running.CUSTOMER_SERVICE}


def start(
    simulator: running.Simulator, number: str = NUMBER, timeout: float = 10
) -> requests.Response:
    return requests.post(
        f"{simulator.base_url}callback",
        data={**FORM, "fc_number": number},
        auth=CREDENTIALS,
        timeout=timeout,
    )


def get(simulator: running.Simulator, path: str) -> Any:
    return requests.get(simulator.base_url + path, auth=CREDENTIALS, timeout=10).json()


@pytest.fixture(scope="module")
def hung() -> Iterator[running.Simulator]:
    """A simulator with 600 starts waiting in it."""
    with running.simulator() as simulator:
        simulator.fault("callback", mode="hang")
        sockets = [_send_start(simulator) for _ in range(600)]
        running.poll(lambda: len(simulator.calls()) == len(sockets))
        yield simulator
        for each in sockets:
            each.close()


def _send_start(simulator: running.Simulator) -> socket.socket:
    host, port = simulator.origin.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    body = "&".join(f"{key}={value}" for key, value in FORM.items())
    headers = requests.models.PreparedRequest()
    headers.prepare_headers({"Content-Type": "application/x-www-form-urlencoded"})
    headers.prepare_auth(CREDENTIALS, simulator.base_url)
    connection.request("POST", "/3.0/callback", body, dict(headers.headers))
    return connection.sock


def test_with_600_starts_waiting_it_answers_others_at_once_and_stops_promptly(
    hung: running.Simulator,
) -> None:
    simulator, began = hung, time.monotonic()
    for _ in range(20):
        assert get(simulator, "profiles")["head"]["status"] == 200
    assert time.monotonic() - began < 4
    began = time.monotonic()
    simulator.process.signal(signal.SIGTERM)
    assert simulator.process.wait(10) == 0
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_0_and_not_a_word(number: signal.Signals) -> None:
    with running.simulator() as simulator:
        start(simulator)
        requests.get(f"{simulator.base_url}profiles", timeout=10)
        simulator.process.signal(number)
        assert simulator.process.wait(10) == 0
        assert simulator.process.lines == [f"Fonolo simulator on {simulator.base_url}"]


def test_a_cut_breaks_the_connection_in_the_middle_of_the_answer(
    simulator: running.Simulator,
) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        start(simulator, "14163660005")
    simulator.fault("status", mode="cut")
    sid = simulator.calls()[-1]["sid"]
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(simulator, f"callback/{sid}/status")
    simulator.heal()
    assert get(simulator, f"callback/{sid}/status")["data"]["sid"] == sid


def test_a_hang_never_answers_and_ends_when_the_client_gives_up(
    simulator: running.Simulator,
) -> None:
    before = len(simulator.calls())
    simulator.fault("callback", mode="hang")
    with pytest.raises(requests.exceptions.ReadTimeout):
        start(simulator, timeout=0.3)
    assert len(simulator.calls()) == before + 1


def test_0004_answers_late_but_is_placed_at_once(simulator: running.Simulator) -> None:
    before = len(simulator.calls())
    with pytest.raises(requests.exceptions.ReadTimeout):
        start(simulator, "14163660004", timeout=0.3)
    assert simulator.calls()[before]["sid"]


def test_latency_is_felt(simulator: running.Simulator) -> None:
    simulator.fault("profiles", latency_ms=250)
    began = time.monotonic()
    get(simulator, "profiles")
    assert 0.25 <= time.monotonic() - began < 2


def test_connections_are_kept_alive(simulator: running.Simulator) -> None:
    host, port = simulator.origin.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    for _ in range(3):
        connection.request("GET", "/_simulator/faults")
        answer = connection.getresponse()
        assert answer.version == 11
        assert answer.read()
        kept_socket = connection.sock
    assert connection.sock is kept_socket
    connection.close()


def test_its_clock_starts_where_it_is_told_and_calls_run_faster_than_it(
    simulator: running.Simulator,
) -> None:
    sid = start(simulator).json()["data"]["sid"]
    path = f"callback/{sid}/status"
    running.poll(lambda: get(simulator, path)["data"]["status"] == "Success", within=5)
    details = get(simulator, f"call/{sid}")["data"]
    assert details["datetime"].startswith("2017-08-07 21:")
    assert details["duration"] > "00:45"


def test_it_keeps_numbers_and_credentials_to_itself(simulator: running.Simulator) -> None:
    start(simulator, "14163669999")
    start(simulator, "not-a-number")
    requests.get(f"{simulator.base_url}profiles", auth=("AC", "a-wrong-word"), timeout=10)
    said = "\n".join(simulator.process.lines)
    assert said == f"Fonolo simulator on {simulator.base_url}"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "fonolo-simulator"), *arguments],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--speed", "0"], "--speed"),
        (["--speed", "nan"], "--speed"),
        (["--now", "yesterday"], "--now"),
        (["--timezone", "Mars/Olympus"], "--timezone"),
        (["--scenario", "nowhere.yaml"], "nowhere.yaml"),
        (["--port", "70000"], "--port"),
        (["--host", "203.0.113.1", "--port", "0"], "203.0.113.1"),
    ],
)
def test_a_bad_argument_is_exit_2_and_one_clear_line(arguments: list[str], fault: str) -> None:
    ended = command(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert fault in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_a_bad_scenario_is_exit_2_and_a_line_for_each_fault(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("profiles:\n  - name: 5\n    status: shut\n", encoding="utf-8")
    ended = command("--scenario", str(path))
    lines = ended.stderr.splitlines()
    assert (ended.returncode, len(lines)) == (2, 3)
    assert all(line.startswith(f"fonolo-simulator: {path}: profiles[0]") for line in lines)


def test_a_port_in_use_is_exit_2(simulator: running.Simulator) -> None:
    port = simulator.origin.rsplit(":", 1)[1]
    ended = command("--port", port)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"fonolo-simulator: cannot listen on 127.0.0.1:{port}: ")


def test_a_scenario_of_ones_own_is_served(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"account: {{sid: AC{'1' * 32}, token: {'2' * 64}}}\n"
        f"profiles: [{{sid: CP{'3' * 32}, name: Mine}}]\n",
        encoding="utf-8",
    )
    with running.simulator("--scenario", str(path)) as simulator:
        answer = requests.get(
            f"{simulator.base_url}profiles", auth=("AC" + "1" * 32, "2" * 64), timeout=10
        ).json()
    assert [each["name"] for each in answer["data"]["profile"]] == ["Mine"]


@pytest.mark.parametrize(
    ("host", "hosts"),
    [
        ("::", {"127.0.0.1", "[::1]"}),
        ("[::]", {"127.0.0.1", "[::1]"}),
        ("0.0.0.0", {"127.0.0.1"}),  # noqa: S104
        ("127.0.0.1", {"127.0.0.1"}),
        ("::1", {"[::1]"}),
    ],
)
def test_it_listens_on_its_host_and_says_a_url_that_works(host: str, hosts: set[str]) -> None:
    process = running.Process(["fonolo-simulator", "--port", "0", "--host", host], {})
    try:
        origin = process.wait_for(r"on (http://\S+:\d+)/3\.0/")[1]
        assert requests.get(origin, timeout=10).ok
        port = origin.rpartition(":")[2]
        assert {
            each for each in ("127.0.0.1", "[::1]") if _answers(f"http://{each}:{port}")
        } == hosts
    finally:
        process.stop()


def _answers(origin: str) -> bool:
    try:
        return requests.get(origin, timeout=10).ok
    except requests.ConnectionError:
        return False
