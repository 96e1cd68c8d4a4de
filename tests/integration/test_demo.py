"""`callback-gateway demo`: up with nothing configured, and what it prints works as printed."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator

import pytest
import requests

from tests.running import Process, free_ports, poll

#: What an operator may have in the environment: the demo asks nobody but its own simulator.
PRODUCTION = {
    "FONOLO_BASE_URL": "http://127.0.0.1:9/3.0/",
    "FONOLO_ACCOUNT_SID": "AC" + "1" * 32,
    "FONOLO_AUTH_TOKEN_FILE": "/run/secrets/of-another-machine",
    "CALLBACK_PROFILES": "support=CP" + "1" * 32,
    "EGRESS_PROXY": "http://127.0.0.1:9",
    "REDIS_URL": "redis://127.0.0.1:9",
    "WEB_CONCURRENCY": "2",
}


class Demo:
    """A running demo: its process, its gateway's origin and the commands that it printed."""

    def __init__(self, process: Process, origin: str) -> None:
        self.process = process
        self.origin = origin

    def commands(self, after: str) -> str:
        text = "\n".join(self.process.lines)
        return re.split(r"\n(?=\S)", text[text.index(after) + len(after) :])[0]

    def run(self, script: str) -> str:
        """Run printed commands in a shell; return what they print."""
        found = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, timeout=60)
        assert found.returncode == 0, found.stderr
        return found.stdout


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    ports = free_ports(2)
    process = Process(
        ["callback-gateway", "demo", "--simulator-port", "0", "--speed", "100"],
        PRODUCTION | {"PORT": str(ports[0]), "METRICS_PORT": str(ports[1])},
    )
    try:
        process.wait_for("Ctrl-C stops both")
        yield Demo(process, f"http://127.0.0.1:{ports[0]}")
    finally:
        process.stop()


def test_the_printed_commands_place_a_call_back_that_ends_in_success(demo: Demo) -> None:
    printed = demo.commands("Place a call-back and follow it until it ends:")
    body, *_, url = demo.run(f"{printed}\necho $url").strip().splitlines()
    assert json.loads(body)["id"]
    final = poll(
        lambda: (found := requests.get(demo.origin + url, timeout=10).json())["final"] and found
    )
    assert final["status"] == "Success"


def test_the_printed_commands_schedule_one_and_cancel_it(demo: Demo) -> None:
    printed = demo.commands("Schedule one on the first free slot, then cancel it:")
    output = demo.run(f"{printed}\necho $url")
    assert '"status":"Scheduled"' in output
    assert "204 NO CONTENT" in output
    url = output.strip().splitlines()[-1]
    assert requests.get(demo.origin + url, timeout=10).json()["status"] == "Canceled"


@pytest.mark.parametrize("alias", ["default", "en", "fr", "es", "now", "paused"])
def test_every_profile_of_the_demo_shows_its_form(demo: Demo, alias: str) -> None:
    form = requests.get(f"{demo.origin}/v1/profiles/{alias}", timeout=10).json()
    assert form["profile"] == alias
    assert form["options"]


def test_the_demo_page_stands_beside_the_console_under_a_strict_policy(demo: Demo) -> None:
    page = requests.get(f"{demo.origin}/demo", timeout=10)
    config = requests.get(f"{demo.origin}/demo/config.json", timeout=10).json()
    assert page.headers["Content-Type"].startswith("text/html")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert config["console"].rstrip("/") in page.headers["Content-Security-Policy"]
    assert {each["alias"] for each in config["profiles"]} >= {"en", "fr", "es", "paused"}
    for path in ("/demo/demo.css", "/demo/demo.js", "/demo/demo.svg", "/widget.js"):
        assert requests.get(demo.origin + path, timeout=10).ok, path


def test_an_interrupt_stops_both(demo: Demo) -> None:
    simulator = demo.process.wait_for(r"Simulator\s+(http://\S+)")[1]
    assert requests.get(simulator, timeout=10).ok
    demo.process.signal(signal.SIGINT)
    assert demo.process.wait() == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(simulator, timeout=10)
