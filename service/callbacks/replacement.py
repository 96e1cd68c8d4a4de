"""Changing one's mind: a call-back that takes the place of an earlier one.

The new one is placed first, then the old one is cancelled, so that the place is never lost.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from service.callbacks.calls import CallReference, ReplacedCall
from service.callbacks.deadline import Deadline
from service.callbacks.ports import CallService, KeyHasher, Store
from service.callbacks.tracking import CANCELED, FINAL, SCHEDULED, unknown_callback
from service.errors import FieldError, Problem, UpstreamRefused, ValidationFailed

#: The customer's phone rings, or has been answered. In an Error Callback it is rung to say so.
_RINGS = frozenset({"Calling Client", "Call In Progress", "Error Callback"})
_PLACED = "placed"
_UNKNOWN = FieldError(
    "/replaces", "unknown_callback", "Give the id of a call-back of this profile."
)


@dataclass(frozen=True, slots=True)
class Replacements:
    """Find, hold and cancel the call-backs that new ones replace.

    `read_handle` returns what a handle names, or raises `unknown_callback`; `handle_ttl` is for
    how many seconds a handle is good, `clock` returns seconds since the epoch.
    """

    read_handle: Callable[[str], CallReference]
    calls: CallService
    store: Store
    hasher: KeyHasher
    handle_ttl: float
    clock: Callable[[], float] = time.time

    def find(self, profile_sid: str, handle: str | None) -> CallReference | FieldError | None:
        """Return the call that the handle names, or the fault: it is bad or another profile's."""
        if handle is None:
            return None
        try:
            call = self.read_handle(handle)
        except Problem:
            return _UNKNOWN
        return call if call.profile_sid == profile_sid else _UNKNOWN

    def check(self, call: CallReference, within: float) -> ReplacedCall:
        """Return the call where it can be replaced: its customer's phone has not rung yet."""
        try:
            status = self.calls.progress(call.call_sid, within=within).status
        except UpstreamRefused:  # gone at Fonolo
            raise ValidationFailed([_UNKNOWN]) from unknown_callback()
        if status in FINAL | _RINGS:
            raise Problem("callback_final", "The call-back to replace has begun or ended already.")
        return ReplacedCall(call, status == SCHEDULED)

    @contextmanager
    def exclusively(self, replaced: ReplacedCall | None, seconds: float) -> Iterator[None]:
        """Let one replacement of a call run at a time, for `seconds` at most, and one in all.

        One that fails leaves the call to be replaced by another.
        """
        if replaced is None:
            yield
            return
        key, value = self._key(replaced.call), f"running {random.getrandbits(64):016x}"
        standing = self.store.set_if_absent(key, value, seconds)
        if standing is not None:
            raise _refusal(standing)
        try:
            yield
        except BaseException:
            self.store.delete_if_equal(key, value)
            raise

    def finish(self, replaced: ReplacedCall, ring_keys: Sequence[str], deadline: Deadline) -> bool:
        """Cancel the replaced call, now that the new one is placed; tell whether it is cancelled.

        The new one takes over the ring of a call that was still scheduled: `ring_keys` are the
        new one's budgets per number and prefix, in which the ring is only where the number is the
        same. Nothing is raised: the new call stands, whatever comes of the old one.
        """
        call = replaced.call
        self.store.set(self._key(call), _PLACED, self._lifetime(call))
        was_scheduled = replaced.was_scheduled and self._status(call, deadline) == SCHEDULED
        if not self._cancel(call, deadline):
            return False
        keys = [call.duplicate_key] if call.duplicate_key else []
        self.store.give_back([*keys, *(ring_keys if was_scheduled else ())], call.ring_id)
        return True

    def _lifetime(self, call: CallReference) -> float:
        """Return for how many seconds the call's handle is good, at most."""
        ahead = call.start_time.timestamp() - self.clock() if call.start_time else 0
        return self.handle_ttl + max(0, ahead)

    def _cancel(self, call: CallReference, deadline: Deadline) -> bool:
        try:
            self.calls.cancel(call.call_sid, within=deadline.remaining())
        except Exception:  # refused, or its answer is lost
            return self._status(call, deadline) == CANCELED
        return True

    def _status(self, call: CallReference, deadline: Deadline) -> str | None:
        try:
            return self.calls.progress(call.call_sid, within=deadline.remaining()).status
        except Exception:
            return None

    def _key(self, call: CallReference) -> str:
        return self.hasher("replaced", call.call_sid)


def _refusal(standing: str) -> Problem:
    if standing == _PLACED:
        return Problem("callback_final", "The call-back has been replaced already.")
    return Problem(
        "idempotency_in_progress", "The call-back is being replaced already.", retry_after=2
    )
