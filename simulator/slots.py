"""Which windows a profile offers for a scheduled call-back.

Settings are in the account's zone, windows are instants in UTC. A range of a day is cut into
windows of `offer_interval` from its beginning, in elapsed time, so that a day with a change
of the clocks has neither gaps nor double windows; the last must fit whole into its range.
Offered are those that begin later than now, have a free place, and lie within
`daily_overflow` days, the first `max_options` of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from simulator.account import Scheduling

OVERFLOW_DAYS = {"today_only": 0, "1_day_later": 1} | {
    f"{days}_days_later": days for days in range(2, 6)
}


@dataclass(frozen=True, order=True)
class Window:
    """A stretch of time in which a call-back may be scheduled, in UTC."""

    start: datetime
    end: datetime


def offer(
    settings: Scheduling, zone: ZoneInfo, now: datetime, taken: Callable[[datetime], int]
) -> list[Window]:
    """List the windows on offer; `taken` tells how many calls a window already has."""
    free = (
        window
        for window in upcoming(settings, zone, now)
        if taken(window.start) < settings.max_scheduled
    )
    return list(islice(free, settings.max_options))


def upcoming(settings: Scheduling, zone: ZoneInfo, now: datetime) -> Iterator[Window]:
    """Walk through the windows of the settings that begin after `now`, in order."""
    today = now.astimezone(zone).date()
    for ahead in range(OVERFLOW_DAYS[settings.daily_overflow] + 1):
        for window in _windows_of(settings, zone, today + timedelta(days=ahead)):
            if window.start > now:
                yield window


def _windows_of(settings: Scheduling, zone: ZoneInfo, day: date) -> list[Window]:
    interval = _interval(settings.offer_interval)
    weekday = day.isoweekday() % 7  # Fonolo counts from Sunday
    return sorted(
        {
            window
            for entry in settings.entries
            if entry.status == "active" and weekday in entry.day_of_week
            for opens, closes in zip(entry.start_time, entry.end_time, strict=True)
            for window in _cut(_instant(day, opens, zone), _instant(day, closes, zone), interval)
        }
    )


def _cut(opens: datetime, closes: datetime, interval: timedelta) -> Iterator[Window]:
    while opens + interval <= closes:
        yield Window(opens, opens + interval)
        opens += interval


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """Turn `8:00` or `24:00` of a local day into UTC."""
    hours, minutes = map(int, clock.split(":"))
    if hours == 24:
        day, hours = day + timedelta(days=1), 0
    return datetime.combine(day, time(hours, minutes), zone).astimezone(UTC)


def _interval(text: str) -> timedelta:
    hours, minutes, seconds = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
