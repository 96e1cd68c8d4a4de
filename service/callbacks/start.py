"""The use case: check a request, reserve its ring, place the call, once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.callbacks.deadline import Deadline
from service.callbacks.idempotency import Attempt, Idempotency, Started
from service.callbacks.ports import Captcha, Catalog, Ledger, Phone
from service.callbacks.profile import ACTIVE, CLOSED, Profile
from service.callbacks.request import Order, RequestRules, Submission, check_request
from service.callbacks.rings import DUPLICATE, Rings, refusal
from service.callbacks.slots import Slot, find_slot
from service.errors import (
    OutcomeUnknown,
    Problem,
    SlotUnavailable,
    UpstreamError,
    UpstreamRefused,
    UpstreamUnreachable,
)


@dataclass(frozen=True, slots=True)
class CallReference:
    """What a handle stands for: a call, and the duplicate entry that its cancel clears."""

    call_sid: str
    duplicate_key: str | None
    ring_id: str


@dataclass(frozen=True, slots=True)
class CallbackStarter:
    """Start call-backs.

    A start ends within `reading + calling` seconds: its own reads of the configuration have the
    first, the call itself has the second in full. `sign` makes a handle, `present` writes a time.
    """

    catalog: Catalog
    phone: Phone
    ledger: Ledger
    rings: Rings
    idempotency: Idempotency
    rules: RequestRules
    sign: Callable[[CallReference], str]
    present: Callable[[datetime], str]
    reading: float
    calling: float

    def validate(self, profile_sid: str, submission: Submission) -> None:
        """Raise what a start with this body would be refused for; place nothing."""
        self._check(profile_sid, submission, Deadline(self.reading))

    def start(
        self,
        profile_sid: str,
        submission: Submission,
        attempt: Attempt | None,
        *,
        captcha: Captcha | None = None,
    ) -> Started:
        """Place the call-back once; raise the `Problem` of the first step that refuses it.

        `captcha` checks the submission's token, where this start needs one.
        """
        reading, whole = Deadline(self.reading), Deadline(self.reading + self.calling)

        def place() -> Started:
            order = self._check(profile_sid, submission, reading)
            if captcha:
                captcha.check(submission.captcha_token)
            return self._place(profile_sid, order, whole)

        return self.idempotency.once(attempt, self.reading + self.calling, place)

    def _check(self, profile_sid: str, submission: Submission, deadline: Deadline) -> Order:
        profile = self.catalog.profile(profile_sid, deadline.left())
        order = check_request(submission, profile, self.rules)
        _check_open(profile, order)
        if order.start_time is not None:
            self._check_slot(profile_sid, order.option.id, order.start_time, deadline)
        return order

    def _check_slot(
        self, profile_sid: str, option_id: str, start_time: datetime, deadline: Deadline
    ) -> None:
        slots: tuple[Slot, ...] = ()
        for fresh in (False, True):
            slots = self.catalog.slots(profile_sid, option_id, deadline.left(), fresh=fresh)
            if find_slot(slots, start_time):
                return
        raise SlotUnavailable(slots)

    def _place(self, profile_sid: str, order: Order, deadline: Deadline) -> Started:
        ring_id = f"{random.getrandbits(64):016x}"  # unique is all it has to be
        budgets = self.rings.budgets(profile_sid, order)
        reservation = self.ledger.reserve(budgets, ring_id)
        if reservation.refused is not None:
            raise refusal(budgets, reservation.refused, reservation)
        duplicate = next((each.key for each in budgets if each.scope == DUPLICATE), None)
        try:
            return self._call(order, duplicate, ring_id, deadline)
        except (UpstreamRefused, UpstreamUnreachable):
            self.ledger.give_back([budget.key for budget in budgets], ring_id)
            self._check_slot_gone(profile_sid, order, deadline)
            raise

    def _call(
        self, order: Order, duplicate: str | None, ring_id: str, deadline: Deadline
    ) -> Started:
        """Ask Fonolo; whatever is neither a success nor surely no call is not known."""
        try:
            call_sid = self.phone.start(
                order.number,
                order.option.id,
                start_time=order.start_time,
                sms_optin=order.sms_optin,
                answers=order.answers,
                within=deadline.left(),
            )
            handle = self.sign(CallReference(call_sid, duplicate, ring_id))
            return Started(handle, self.present(order.start_time) if order.start_time else None)
        except (UpstreamRefused, UpstreamUnreachable):
            raise
        except Exception as error:
            raise OutcomeUnknown from error

    def _check_slot_gone(self, profile_sid: str, order: Order, deadline: Deadline) -> None:
        """Raise `SlotUnavailable` where the refused start's slot has been taken meanwhile."""
        if order.start_time is None:
            return
        try:
            slots = self.catalog.slots(profile_sid, order.option.id, deadline.left(), fresh=True)
        except UpstreamError:
            return
        if not find_slot(slots, order.start_time):
            raise SlotUnavailable(slots)


def _check_open(profile: Profile, order: Order) -> None:
    if profile.status != ACTIVE:
        raise Problem("profile_paused", "This profile takes no call-backs at the moment.")
    if order.option.status not in {ACTIVE, CLOSED}:
        raise Problem("option_paused", "This option takes no call-backs at the moment.")
    if order.option.status == CLOSED and order.start_time is None:
        raise Problem("option_closed", "This option is closed now; choose a slot instead.")
