"""Scenario files: what they may leave out, and what is said about a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.scenario import BadScenario, load_scenario

SMALLEST = f"""
profiles:
  - sid: CP{"a" * 32}
    name: One
"""
FULL = f"""
account:
  sid: AC{"b" * 32}
  token: {"c" * 64}
  timezone: Europe/Madrid
profiles:
  - sid: CP{"a" * 32}
    name: One
    options:
      - {{sid: CO{"1" * 32}, name: Desk}}
    questions:
      - {{sid: QQ{"1" * 32}, name: Reason, key: reason}}
    scheduling:
      offer_interval: 00:30:00
      entries:
        - day_of_week: [1]
          start_time: [8:00, 14:00]
          end_time: [12:00, 24:00]
  - sid: CP{"d" * 32}
    name: Two
    options: [CO{"1" * 32}]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    path = write(folder, text)
    with pytest.raises(BadScenario) as caught:
        load_scenario(path)
    assert all(fault.startswith(str(path)) for fault in caught.value.faults)
    return [fault.removeprefix(str(path)).removeprefix(": ") for fault in caught.value.faults]


def test_the_rest_of_a_small_scenario_is_filled_in(tmp_path: Path) -> None:
    account = load_scenario(write(tmp_path, SMALLEST))
    assert (account.sid, account.zone.key) == ("AC" + "0" * 32, "America/Toronto")
    (profile,) = account.profiles
    assert (profile.details.total_options, profile.details.scheduling_enabled) == (0, False)


def test_a_whole_scenario_is_read_with_times_as_people_write_them(tmp_path: Path) -> None:
    account = load_scenario(write(tmp_path, FULL))
    one, two = account.profiles
    assert account.zone.key == "Europe/Madrid"
    assert one.scheduling.offer_interval == "00:30:00"
    assert one.scheduling.entries[0].start_time == ("8:00", "14:00")
    assert (one.details.questions_enabled, one.details.scheduling_enabled) == (True, True)
    assert two.options == one.options
    assert account.holders("CO" + "1" * 32) == [one, two]


def test_the_token_is_in_no_repr(tmp_path: Path) -> None:
    assert "c" * 64 not in repr(load_scenario(write(tmp_path, FULL)))


def test_a_time_zone_given_goes_before_the_files(tmp_path: Path) -> None:
    path = write(tmp_path, FULL)
    assert load_scenario(path, timezone="Asia/Tokyo").zone.key == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("name: Two", "language: french", "profiles[1]: 'name' is a required property"),
        ("name: Two", "name: Two\n    statu: paused", "profiles[1]: Additional properties"),
        ("name: Two", "name: Two\n    status: closed", "profiles[1].status: 'closed' is not one"),
        ("name: Two", "name: Two\n    default_country: 1", "profiles[1].default_country: 1 is not"),
        ("name: Desk", "name: 5", "profiles[0].options[0].name: 5 is not of type 'string'"),
        ("[8:00, 14:00]", "[8:00, 25:00]", "profiles[0].scheduling.entries[0].start_time[1]: "),
        ("[8:00, 14:00]", "[8:00]", "profiles[0].scheduling.entries[0]: 1 start_time, but 2"),
        ("[8:00, 14:00]", "[12:00, 14:00]", "profiles[0].scheduling.entries[0]: 12:00 to 12:00"),
        ("12:00, 24:00", "12:00, 24:30", "profiles[0].scheduling.entries[0]: 14:00 to 24:30"),
        ("00:30:00", "00:00:00", "profiles[0].scheduling.offer_interval: '00:00:00' does not"),
        ("c" * 64, "c" * 63, "account.token: must be 64 hexadecimal digits"),
        ("Europe/Madrid", "Mars/Olympus", "account.timezone: there is no time zone"),
        ("CP" + "d" * 32, "CP" + "a" * 32, f"CP{'a' * 32} stands 2 times"),
        (f"[CO{'1' * 32}]", f"[CO{'2' * 32}]", "profiles[1].options[0]: no profile defines"),
        ("name: Two", "name: Two\n    name: Three", ":21:5: name stands twice"),
        ("profiles:", "profiles: [", ":"),
    ],
)
def test_each_fault_is_named_by_its_place(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in FULL
    (only,) = faults(tmp_path, FULL.replace(old, new))
    assert only.startswith(fault)


def test_digits_by_the_dozen_are_a_text(tmp_path: Path) -> None:
    account = load_scenario(write(tmp_path, FULL.replace("c" * 64, "2" * 64)))
    assert account.token == "2" * 64


def test_a_bad_token_is_not_repeated(tmp_path: Path) -> None:
    (only,) = faults(tmp_path, FULL.replace("c" * 64, "SeCrEt"))
    assert "SeCrEt" not in only


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    reported = faults(tmp_path, FULL.replace("name: Two", "status: shut").replace("[1]", "[9]"))
    assert len(reported) == 3


def test_a_file_that_is_not_there_or_empty_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(BadScenario, match="No such file"):
        load_scenario(tmp_path / "nowhere.yaml")
    assert faults(tmp_path, "") == ["the file: None is not of type 'object'"]
