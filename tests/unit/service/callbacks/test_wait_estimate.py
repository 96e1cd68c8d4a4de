"""The wait of an option: the median hold of its immediate calls that ended well lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.callbacks.wait_estimate import EndedCall, estimate_waits
from tests.unit.service.fakes import OPTION_ID, OTHER_OPTION_ID

#: Ten minutes past midnight, so that the last hour has two days.
NOW = datetime(2017, 8, 8, 0, 10, tzinfo=UTC)


def call(
    hold: int | None = 240, *, ago: float = 600, lasted: float = 300, **changes: Any
) -> EndedCall:
    """Return a call that ended `ago` seconds ago after `lasted` seconds."""
    ended_at = NOW - timedelta(seconds=ago)
    fields: dict[str, Any] = {
        "option_id": OPTION_ID,
        "started_at": ended_at - timedelta(seconds=lasted),
        "ended_at": ended_at,
        "hold": hold,
        "immediate": True,
    }
    return EndedCall(**{**fields, **changes})


@pytest.mark.parametrize(
    ("calls", "wait"),
    [
        pytest.param([], None, id="no calls"),
        pytest.param([call()] * 4, None, id="four calls say nothing"),
        pytest.param([call()] * 5, 240, id="five do"),
        pytest.param([call(hold) for hold in (60, 5000, 120, 180, 70)], 120, id="the median"),
        pytest.param([call(hold) for hold in (9, 60, 110, 120, 130, 900)], 120, id="of six"),
        pytest.param([call(89)] * 5, 60, id="rounded down"),
        pytest.param([call(90)] * 5, 120, id="half a minute rounded up"),
        pytest.param([call(150)] * 5, 180, id="half a minute rounded up, of an even minute too"),
        pytest.param([call(29)] * 5, 0, id="less than half a minute"),
        pytest.param([call(ago=3600)] * 5, 240, id="ended an hour ago"),
        pytest.param([call(ago=3601)] * 5, None, id="ended longer ago"),
        pytest.param([call(ago=3599, lasted=3000)] * 5, 240, id="began longer ago"),
        pytest.param([call(ago=-30, lasted=0)] * 5, 240, id="Fonolo's clock is ahead"),
        pytest.param([call(ago=-7200)] * 5, None, id="in another zone's hours"),
        pytest.param([call(immediate=False)] * 5, None, id="scheduled ones"),
        pytest.param([call(None)] * 5, None, id="no hold in the report"),
        pytest.param([call()] * 4 + [call(option_id=OTHER_OPTION_ID)], None, id="another option"),
    ],
)
def test_a_wait_is_known_once_five_calls_of_the_last_hour_say_so(
    calls: list[EndedCall], wait: int | None
) -> None:
    assert estimate_waits(calls, NOW).get(OPTION_ID) == wait


def test_each_option_has_its_own_wait() -> None:
    calls = [call(60), call(300, option_id=OTHER_OPTION_ID)] * 5

    assert estimate_waits(calls, NOW) == {OPTION_ID: 60, OTHER_OPTION_ID: 300}
