"""From a scenario file to an `Account`, or to a clear line for each fault in it.

The form is in `scenarios/schema.json`; what a schema cannot say (ranges that end before they
begin, options borrowed from nowhere, SIDs that stand twice) is in `scenario_rules`.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped, unused-ignore]

from simulator.account import (
    Account,
    Entry,
    Option,
    Profile,
    ProfileDetails,
    Question,
    Scheduling,
)
from simulator.scenario_rules import faults_of
from simulator.scenario_yaml import parse

SHIPPED = Path(__file__).parent / "scenarios"
DEFAULT = SHIPPED / "default.yaml"
ACCOUNT_SID = "AC" + 32 * "0"
AUTH_TOKEN = 64 * "0"
TIMEZONE = "America/Toronto"


class BadScenario(ValueError):
    """A scenario that cannot be used; `faults` has a line for each thing wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


def load_scenario(path: Path = DEFAULT, *, timezone: str | None = None) -> Account:
    """Read a scenario file; `timezone` goes before the file's own. Raises BadScenario."""
    try:
        content = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadScenario([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise BadScenario([f"{path}: not UTF-8"]) from error
    except yaml.YAMLError as error:
        raise BadScenario([f"{path}{_where(error)}"]) from error
    faults = _faults_of_form(content) or faults_of(content)
    if faults:
        raise BadScenario([f"{path}: {fault}" for fault in faults])
    return _account(content, timezone)


def _faults_of_form(content: object) -> list[str]:
    schema = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    errors = Draft202012Validator(schema).iter_errors(content)
    return [
        f"{error.json_path.removeprefix('$').removeprefix('.') or 'the file'}: {_said(error)}"
        for error in sorted(errors, key=lambda entry: entry.json_path)
    ]


def _said(error: ValidationError) -> str:
    secret = error.json_path == "$.account.token"
    return "must be 64 hexadecimal digits, in lower case" if secret else str(error.message)


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
    return f"{place}: {getattr(error, 'problem', None) or 'not YAML'}"


def _account(content: Mapping[str, Any], timezone: str | None) -> Account:
    account = content.get("account", {})
    profiles = content["profiles"]
    defined = {
        option["sid"]: Option(**option)
        for profile in profiles
        for option in profile.get("options", [])
        if not isinstance(option, str)
    }
    return Account(
        sid=account.get("sid", ACCOUNT_SID),
        token=account.get("token", AUTH_TOKEN),
        zone=ZoneInfo(timezone or account.get("timezone", TIMEZONE)),
        profiles=tuple(_profile(entry, defined) for entry in profiles),
        calls=tuple(content.get("calls", [])),
    )


def _profile(declared: Mapping[str, Any], defined: Mapping[str, Option]) -> Profile:
    hanging = ("options", "questions", "scheduling")
    details = {key: value for key, value in declared.items() if key not in hanging}
    options = declared.get("options", [])
    details.setdefault("total_options", len(options))
    details.setdefault("questions_enabled", bool(declared.get("questions")))
    details.setdefault("scheduling_enabled", "scheduling" in declared)
    return Profile(
        details=ProfileDetails(**details),
        options=tuple(
            defined[entry if isinstance(entry, str) else entry["sid"]] for entry in options
        ),
        borrowed=frozenset(entry for entry in options if isinstance(entry, str)),
        questions=tuple(Question(**entry) for entry in declared.get("questions", [])),
        scheduling=_scheduling(declared.get("scheduling", {})),
    )


def _scheduling(declared: Mapping[str, Any]) -> Scheduling:
    entries = tuple(
        Entry(
            day_of_week=tuple(entry["day_of_week"]),
            start_time=tuple(entry["start_time"]),
            end_time=tuple(entry["end_time"]),
            status=entry.get("status", "active"),
        )
        for entry in declared.get("entries", [])
    )
    return Scheduling(**{**declared, "entries": entries})
