"""What other people's call-backs leave in the reports: made up, but the same each time.

Every active option of every profile has a call-back in each four minutes of the last two hours.
How long it holds goes up and down within an hour and a half, by another phase for each option.
"""

import hashlib
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime

from simulator.account import Account, Option, Profile
from simulator.calls import Call
from simulator.walk import FINAL, Status, plan

#: One call-back an option in so many seconds, and for how long the reports have it.
EVERY, KEPT = 240, 2 * 3600
#: The mean hold, how far it swings, and how far one call differs, in seconds; how long a swing is.
_MEAN, _SWING, _SPREAD, _PERIOD = 270, 150, 45, 5400


class Traffic:
    """The finished call-backs of others, on one account."""

    def __init__(self, account: Account) -> None:
        self._options = [
            (profile, option)
            for profile in account.profiles
            if profile.details.status == "active"
            for option in profile.options
            if option.status == "active"
        ]

    def calls(self, now: datetime) -> list[Call]:
        """List those that have ended and are still in the reports."""
        last = int(now.timestamp()) // EVERY
        return [
            call
            for number in range(last - KEPT // EVERY, last + 1)
            for call in self._calls(number)
            if call.status(now) in FINAL
        ]

    def find(self, sid: str, now: datetime) -> Call | None:
        """Find one of them."""
        return next((call for call in self.calls(now) if call.sid == sid), None)

    def _calls(self, number: int) -> Iterator[Call]:
        for profile, option in self._options:
            yield _call(profile, option, number)


def _call(profile: Profile, option: Option, number: int) -> Call:
    name = f"{profile.sid}/{option.sid}/{number}"
    rng = random.Random(name)  # noqa: S311 - no secret
    at = datetime.fromtimestamp(number * EVERY + rng.randrange(EVERY), UTC)
    scheduled = rng.random() < 0.1
    end = Status.FAILED if rng.random() < 0.1 else Status.SUCCESS
    phase = int(option.sid[2:10], 16) / 2**32 + at.timestamp() / _PERIOD
    hold = round(_MEAN + _SWING * math.sin(2 * math.pi * phase) + rng.uniform(-_SPREAD, _SPREAD))
    return Call(
        sid=f"CA{hashlib.sha256(name.encode()).hexdigest()[:32]}",
        number=f"1416555{rng.randrange(100, 200):04d}",  # 555-01xx are nobody's
        profile_sid=profile.sid,
        option_sid=option.sid,
        option_name=option.name,
        received_at=at,
        begins_at=at,
        scheduled=scheduled,
        sms_optin=False,
        plan=plan(end, error_callback=False, scheduled=scheduled, rng=rng, hold=hold),
        speed=1.0,
        ended_by="Company" if end is Status.FAILED else rng.choice(("Client", "Company")),
        answers={},
    )
