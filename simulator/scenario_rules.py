"""What must hold in a scenario beyond its form. Each rule yields a line for each fault."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import available_timezones

Content = Mapping[str, Any]


def faults_of(content: Content) -> list[str]:
    """List the faults of a scenario whose form is good."""
    rules = (_zone, _doubles, _borrowed, _keys, _ranges)
    return [fault for rule in rules for fault in rule(content)]


def known_zone(name: str) -> bool:
    """Whether there is such an IANA time zone."""
    return name in available_timezones()


def _zone(content: Content) -> Iterator[str]:
    name = content.get("account", {}).get("timezone")
    if name is not None and not known_zone(name):
        yield f"account.timezone: there is no time zone {name!r}"


def _doubles(content: Content) -> Iterator[str]:
    sids = Counter(
        item["sid"]
        for profile in content["profiles"]
        for item in [profile, *profile.get("options", []), *profile.get("questions", [])]
        if not isinstance(item, str) and not item["sid"].startswith("QQ")
    )
    sids.update(call["sid"] for call in content.get("calls", []))
    for sid, times in sids.items():
        if times > 1:
            yield f"{sid} stands {times} times; to share an option, name its SID alone"


def _borrowed(content: Content) -> Iterator[str]:
    options = [
        (f"profiles[{number}].options[{position}]", option)
        for number, profile in enumerate(content["profiles"])
        for position, option in enumerate(profile.get("options", []))
    ]
    defined = {option["sid"] for _, option in options if not isinstance(option, str)}
    for where, option in options:
        if isinstance(option, str) and option not in defined:
            yield f"{where}: no profile defines the option {option}"


def _keys(content: Content) -> Iterator[str]:
    for number, profile in enumerate(content["profiles"]):
        keys = Counter(question["key"] for question in profile.get("questions", []))
        for key, times in keys.items():
            if times > 1:
                yield f"profiles[{number}].questions: the key {key!r} stands {times} times"


def _ranges(content: Content) -> Iterator[str]:
    for number, profile in enumerate(content["profiles"]):
        entries = profile.get("scheduling", {}).get("entries", [])
        for position, entry in enumerate(entries):
            where = f"profiles[{number}].scheduling.entries[{position}]"
            opens, closes = entry["start_time"], entry["end_time"]
            if len(opens) != len(closes):
                yield f"{where}: {len(opens)} start_time, but {len(closes)} end_time"
                continue
            for begin, end in zip(opens, closes, strict=True):
                if _minute(begin) >= _minute(end) or _minute(end) > 24 * 60:
                    yield f"{where}: {begin} to {end} is not a range of a day"


def _minute(clock: str) -> int:
    hours, minutes = map(int, clock.split(":"))
    return 60 * hours + minutes
