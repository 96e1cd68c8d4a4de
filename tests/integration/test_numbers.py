"""Numbers on real processes: the command that explains them, and the list of blocked ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import running
from tests.running import Gateway, Process, Simulator, poll
from tests.scraping import value

NUMBER, START = "14163662500", "/v1/profiles/default/callbacks"


def command(simulator: Simulator, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run `callback-gateway numbers check` to its end; return the exit code and the output."""
    env = running.gateway_env(simulator.base_url, **settings)
    process = Process(["callback-gateway", "numbers", "check", *arguments], env)
    try:
        return process.wait(), "\n".join(process.lines)
    finally:
        process.stop()


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["4163662500"], {}, "called as +14163662500"),
        (["41791234567"], {}, "refused: number_country_not_allowed"),
        (["41791234567"], {"NUMBER_COUNTRIES": "*"}, "called as +41791234567"),
        (["4380220193"], {}, "refused: number_ambiguous"),
        (["4380220193", "--country", "US"], {}, "called as +14380220193"),
        (["9002345678"], {}, "refused: number_type_blocked"),
        (["4163662500"], {"NUMBERS_BLOCKED": "1416*"}, "refused: number_blocked"),
        (["416-366"], {}, "refused: number_not_digits"),
    ],
)
def test_the_command_says_how_digits_are_read(
    simulator: Simulator, arguments: list[str], settings: dict[str, str], said: str
) -> None:
    code, output = command(simulator, *arguments, **settings)
    assert code == 0
    assert "Profile default (default country 1 US)" in output
    assert said in output


def test_the_command_lists_the_readings(simulator: Simulator) -> None:
    _, output = command(simulator, "4380220193", "--profile", "default")
    assert "+14380220193" in output
    assert "+4380220193" in output


@pytest.mark.parametrize("wrong", [["--profile", "nobody"], ["--country", "XX"]])
def test_the_command_knows_no_other_aliases_and_countries(
    simulator: Simulator, wrong: list[str]
) -> None:
    code, output = command(simulator, NUMBER, *wrong)
    assert code == 2
    assert "Traceback" not in output


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    path = tmp_path / "blocked-numbers"
    path.write_text("442071838750\n", "utf-8")
    return path


@pytest.fixture
def gateway_with_list(simulator: Simulator, blocked: Path) -> Iterator[Gateway]:
    settings = {"LIMIT_START": "none", "LIMIT_NUMBER": "none", "DUPLICATE_WINDOW": "0"}
    with running.gateway(simulator, NUMBERS_BLOCKED_FILE=str(blocked), **settings) as started:
        yield started


def test_a_list_that_changes_holds_without_a_restart(
    gateway_with_list: Gateway, blocked: Path
) -> None:
    def codes() -> list[str]:
        answer = gateway_with_list.post(START, json={"number": NUMBER})
        return [each["code"] for each in answer.json().get("errors", [])]

    assert codes() == []
    blocked.write_text(f"{NUMBER}\n", "utf-8")
    assert poll(codes) == ["number_blocked"]
    answer = gateway_with_list.post(f"{START}/validate", json={"number": NUMBER})
    assert answer.status_code == 204


def test_a_list_that_cannot_be_read_again_is_counted(
    gateway_with_list: Gateway, blocked: Path
) -> None:
    def failed() -> float | None:
        gateway_with_list.post(START, json={"number": NUMBER})
        return value(gateway_with_list, "reloads_failed_total", setting="NUMBERS_BLOCKED")

    assert failed() == 0
    blocked.write_text("no number\n", "utf-8")
    assert poll(failed) == 1


def test_a_bad_list_at_the_start_is_a_fault(simulator: Simulator, blocked: Path) -> None:
    blocked.write_text("442071838750\n+1 416 366 2500\n", "utf-8")
    code, output = command(simulator, NUMBER, NUMBERS_BLOCKED_FILE=str(blocked))
    assert code == 2
    assert output.startswith("NUMBERS_BLOCKED: line 2: ")
    assert "416" not in output


def test_a_refusal_by_fonolo_says_what_a_customer_can_do(gateway: Gateway) -> None:
    answer = gateway.post(START, json={"number": "14163660001"})
    assert (answer.status_code, answer.json()["code"]) == (502, "upstream_error")
    assert answer.json()["detail"] == (
        "This call-back was not accepted; check the number, or call directly."
    )
