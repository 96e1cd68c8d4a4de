"""The heart of the simulator: takes starts, cancels and deletions, tells what is on offer.

One lock, so that two starts never take the last place of a window.
"""

import random
import secrets
from collections.abc import Mapping
from threading import Lock

from simulator.account import Account, Profile
from simulator.call_log import CAPACITY, CallLog, JournalLine
from simulator.calls import ArchivedCall, Call, Reported
from simulator.clock import Clock
from simulator.outcomes import Outcome, outcome_of
from simulator.slots import Window, offer
from simulator.start import CANNOT_START, Refused, Start, read_start
from simulator.traffic import Traffic
from simulator.walk import FINAL, Status, plan

UNKNOWN_CALL = "Call not found."


class Switchboard:
    """One simulated account at work."""

    def __init__(
        self,
        account: Account,
        clock: Clock,
        *,
        speed: float = 1.0,
        rng: random.Random | None = None,
        capacity: int = CAPACITY,
        traffic: Traffic | None = None,
    ) -> None:
        self.account = account
        self.clock = clock
        self.speed = speed
        self.call_log = CallLog(map(ArchivedCall, account.calls), capacity)
        self._traffic = traffic
        self._rng = rng or random.SystemRandom()
        self._lock = Lock()

    def start(self, form: Mapping[str, str]) -> tuple[Call, Outcome]:
        """Place a call, or raise Refused; the journal has it either way."""
        try:
            start = read_start(form, self.account)
            outcome = outcome_of(start.number)
            if outcome.refused:
                raise Refused(CANNOT_START)
            with self._lock:
                self._check_offered(start)
                call = self._new_call(start, outcome)
                self.call_log.add(call)
                self.call_log.note(JournalLine(call.sid, call.received_at, dict(form)))
        except Refused:
            self.note_refused(form)
            raise
        return call, outcome

    def note_refused(self, form: Mapping[str, str]) -> None:
        """Write a refused start into the journal."""
        with self._lock:
            self.call_log.note(JournalLine(None, self.clock(), dict(form)))

    def offered(self, profile: Profile) -> list[Window]:
        """List the windows that a profile offers now."""
        with self._lock:
            return self._offered(profile)

    def find(self, sid: str) -> Reported:
        """Find a call; raises Refused."""
        with self._lock:
            call = self.call_log.find(sid)
        if call is None and self._traffic:
            call = self._traffic.find(sid, self.clock())
        if call is None:
            raise Refused(UNKNOWN_CALL)
        return call

    def calls(self) -> list[Reported]:
        """List every call, other people's too."""
        others = self._traffic.calls(self.clock()) if self._traffic else []
        with self._lock:
            return [*self.call_log.everything(), *others]

    def latest(self, limit: int) -> list[Call]:
        """List the latest calls, newest first."""
        with self._lock:
            return self.call_log.live_first(limit)

    def journal(self, limit: int | None = None) -> list[tuple[JournalLine, Call | None]]:
        """List the starts that arrived, oldest first, with the calls they became."""
        with self._lock:
            lines = self.call_log.journal(limit)
            return [(line, self.call_log.call(line.sid) if line.sid else None) for line in lines]

    def cancel(self, sid: str) -> None:
        """Cancel a call that has not ended; raises Refused."""
        now = self.clock()
        with self._lock:
            call = self.call_log.find(sid)
            if call is None:
                raise Refused(UNKNOWN_CALL)
            if not isinstance(call, Call) or call.status(now) in FINAL:
                raise Refused("Unable to cancel call-back. It has already ended.")
            self.call_log.replace(call.stop(Status.CANCELED, now))

    def delete(self, sid: str) -> bool:
        """Delete a call, as an administrator would; False when there is none such."""
        with self._lock:
            call = self.call_log.call(sid)
            if call is None:
                return False
            self.call_log.replace(call.stop(Status.DELETED, self.clock()))
            return True

    def _offered(self, profile: Profile) -> list[Window]:
        options = frozenset(option.sid for option in profile.options)
        return offer(
            profile.scheduling,
            self.account.zone,
            self.clock(),
            lambda start: self.call_log.taken(start, options),
        )

    def _check_offered(self, start: Start) -> None:
        if start.begins_at is None:
            return
        for holder in start.holders:
            if any(window.start == start.begins_at for window in self._offered(holder)):
                return
        raise Refused("fc_start_date is not an available scheduling option.")

    def _new_call(self, start: Start, outcome: Outcome) -> Call:
        now = self.clock()
        scheduled = start.begins_at is not None
        failed = outcome.end is Status.FAILED
        return Call(
            sid=f"CA{secrets.token_hex(16)}",
            number=start.number,
            profile_sid=start.profile.sid,
            option_sid=start.option.sid,
            option_name=start.option.name,
            received_at=now,
            begins_at=start.begins_at or now,
            scheduled=scheduled,
            sms_optin=start.sms_optin,
            plan=plan(
                outcome.end,
                error_callback=outcome.error_callback,
                scheduled=scheduled,
                rng=self._rng,
            ),
            speed=self.speed,
            ended_by="Company" if failed else self._rng.choice(("Client", "Company")),
            answers=start.answers,
        )
