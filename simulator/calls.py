"""One call-back: what was asked for, how far it has got, what the reports say of it.

A `Call` walks its plan; an `ArchivedCall` is a report row of the scenario file. Both answer
the same questions, so that status and reports need not know which they hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from simulator.clock import from_wire, to_wire
from simulator.report_row import Carrier, clearing_of, minutes, yes
from simulator.walk import FINAL, Plan, Progress, Status


class Reported(Protocol):
    """What status and reports ask of a call, live or archived."""

    @property
    def sid(self) -> str: ...
    @property
    def profile_sid(self) -> str: ...
    def status(self, now: datetime) -> Status:
        """Tell the status at an instant."""
        ...

    def starts_at(self) -> str:
        """Tell, as on the wire, when it was or will be started."""
        ...

    def reported_at(self) -> str:
        """Tell, as on the wire, under which instant the reports have it."""
        ...

    def duration(self, now: datetime) -> str:
        """Tell its timer, as MM:SS."""
        ...

    def row(self, now: datetime) -> dict[str, Any]:
        """Make its report row, in the document's order of fields."""
        ...


@dataclass(frozen=True)
class Call:
    """A call placed while the simulator runs. Immutable: a stop makes a new one."""

    sid: str
    number: str
    profile_sid: str
    option_sid: str
    option_name: str
    received_at: datetime
    begins_at: datetime
    scheduled: bool
    sms_optin: bool
    plan: Plan
    speed: float
    ended_by: str
    answers: Mapping[str, str]
    stopped: tuple[Status, datetime] | None = None

    def progress(self, now: datetime) -> Progress:
        """Compute how far it has got."""
        until = min(now, self.stopped[1]) if self.stopped else now
        elapsed = (until - self.begins_at).total_seconds() * self.speed
        waiting = self.scheduled and elapsed < 0
        so_far = Progress(Status.SCHEDULED, {}) if waiting else self.plan.at(max(elapsed, 0.0))
        return replace(so_far, status=self.stopped[0]) if self.stopped else so_far

    def status(self, now: datetime) -> Status:
        """Tell the status at an instant."""
        return self.progress(now).status

    def starts_at(self) -> str:
        """Tell, as on the wire, when it was or will be started."""
        return to_wire(self.begins_at)

    def reported_at(self) -> str:
        """Tell when it was started, or canceled before that."""
        began = min(self.begins_at, self.stopped[1]) if self.stopped else self.begins_at
        return to_wire(began)

    def duration(self, now: datetime) -> str:
        """Tell its timer, as MM:SS."""
        return minutes(self.progress(now).duration)

    def stop(self, status: Status, now: datetime) -> "Call":
        """End it here, as Canceled or Deleted; what it had done so far stands."""
        at = self.stopped[1] if self.stopped else now
        return replace(self, stopped=(status, at))

    def row(self, now: datetime) -> dict[str, Any]:
        """Make its report row, in the document's order of fields."""
        progress = self.progress(now)
        spent, status = progress.spent, progress.status
        began = self.reported_at()
        carrier = Carrier.of(self.number)
        final = status in FINAL
        return {
            "sid": self.sid,
            "date": began[:10],
            "time": began[11:],
            "datetime": began,
            "profile_sid": self.profile_sid,
            "option": self.option_name,
            "option_sid": self.option_sid,
            "client": self.number,
            "deepdial": minutes(spent.get(Status.CALLING_TARGET, 0)),
            "holdtime": minutes(spent.get(Status.HOLDING, 0)),
            "cctime": minutes(spent.get(Status.CALLING_CLIENT, 0)),
            "talktime": minutes(spent.get(Status.IN_PROGRESS, 0)),
            "duration": minutes(progress.duration),
            "call_disposition": "Scheduled" if self.scheduled else "Immediate",
            "status": str(status),
            "clearing": clearing_of(progress),
            "ended_by": self._ended_by(status),
            "reschedule": "No" if final and Status.ERROR_CALLBACK in spent else "--",
            "target_dtmf_history": "1" if Status.CALLING_CLIENT in spent else "--",
            "feedback_given": "--",
            "client_number_type": carrier.kind,
            "client_number_carrier": carrier.name,
            "sms_optin": "Yes" if self.sms_optin else "No",
            "sms_confirm": yes(self.sms_optin),
            "sms_update": "--",
            "sms_wrapup": yes(self.sms_optin and status is Status.SUCCESS),
        }

    def _ended_by(self, status: Status) -> str:
        if status is Status.CANCELED:
            return "Client"
        return self.ended_by if status in FINAL else "--"


@dataclass(frozen=True)
class ArchivedCall:
    """A finished call of the scenario file: its report row, as it stands there."""

    fields: Mapping[str, Any]

    @property
    def sid(self) -> str:
        """Its SID, as in its row."""
        return str(self.fields["sid"])

    @property
    def profile_sid(self) -> str:
        """The profile it was placed through."""
        return str(self.fields["profile_sid"])

    def status(self, now: datetime) -> Status:
        """Tell how it ended."""
        return Status(self.fields["status"])

    def starts_at(self) -> str:
        """Tell, as on the wire, when it was started."""
        return to_wire(from_wire(self.fields["datetime"]))

    def reported_at(self) -> str:
        """Tell when it was started."""
        return self.starts_at()

    def duration(self, now: datetime) -> str:
        """Tell how long it took, as MM:SS."""
        return str(self.fields["duration"])

    def row(self, now: datetime) -> dict[str, Any]:
        """Give its report row as it stands in the scenario."""
        return dict(self.fields)
