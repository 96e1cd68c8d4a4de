"""After the start: the status of a call-back, and its cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.callbacks.calls import CallReference
from service.callbacks.ports import CallService, Progress, Store
from service.errors import Problem, UpstreamRefused

SCHEDULED, CANCELED = "Scheduled", "Canceled"
FINAL = frozenset({"Success", CANCELED, "Failed", "Deleted"})

#: How often, in seconds, a status is worth asking for: a call under way, one still scheduled.
POLL_RUNNING = 2.0
POLL_SCHEDULED = 60.0


@dataclass(frozen=True, slots=True)
class CallbackTracker:
    """Read the status of call-backs and cancel them; `clock` gives seconds since the epoch."""

    calls: CallService
    store: Store
    clock: Callable[[], float]

    def progress(self, call: CallReference) -> Progress:
        """Read where the call stands; `unknown_callback` when Fonolo has it no more."""
        try:
            return self.calls.progress(call.call_sid)
        except UpstreamRefused:
            raise unknown_callback() from None

    def poll_after(self, progress: Progress) -> float | None:
        """Say in how many seconds to ask again; None when the status is final."""
        if progress.status in FINAL:
            return None
        if progress.status != SCHEDULED or progress.start_time is None:
            return POLL_RUNNING
        remaining = progress.start_time.timestamp() - self.clock()
        return min(max(remaining, POLL_RUNNING), POLL_SCHEDULED)

    def cancel(self, call: CallReference) -> None:
        """Cancel the call; one that is canceled already is a success.

        Refused, and its status refused as well, is a failure: the call may stand.
        """
        try:
            self.calls.cancel(call.call_sid)
        except UpstreamRefused:
            status = self.calls.progress(call.call_sid).status
            if status in FINAL - {CANCELED}:
                raise Problem("callback_final", "The call-back has ended already.") from None
            if status != CANCELED:
                raise
        if call.duplicate_key:
            self.store.give_back([call.duplicate_key], call.ring_id)


def unknown_callback() -> Problem:
    """The one answer for a handle that is bad, forged, expired, or of a call that is gone."""
    return Problem("unknown_callback", "No call-back is known by this id.")
