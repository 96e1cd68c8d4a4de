"""Start a call-back: check the request, reserve its ring, place the call, once."""

from __future__ import annotations

import random
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import datetime

from service.callbacks.calls import CallReference, PlacedCallback
from service.callbacks.captcha_check import check_first, claim_token, raise_where_used
from service.callbacks.deadline import Deadline
from service.callbacks.idempotency import Attempt, Claiming, Idempotency
from service.callbacks.identity import TokenUses
from service.callbacks.ports import CallService, Captcha, Catalog, Claim, Reservations
from service.callbacks.profile import Profile
from service.callbacks.replacement import Replacements
from service.callbacks.request import (
    CallbackRequest,
    RequestRules,
    ValidatedRequest,
    check_request,
)
from service.callbacks.ring_budgets import DUPLICATE, RingBudgets, refusal, takeover_keys
from service.callbacks.slots import Slot, find_slot
from service.errors import (
    CallbackRefused,
    FieldError,
    OutcomeUnknown,
    Problem,
    SlotUnavailable,
    UpstreamError,
    UpstreamRefused,
    UpstreamUnreachable,
)


@dataclass(frozen=True, slots=True)
class CallbackStarter:
    """Start call-backs.

    A start ends within `config_timeout + call_timeout` seconds: its own reads of the configuration
    have the first, the call itself has the second in full. `sign` makes a handle, `format_time`
    writes a time for the answer. `blocked_numbers` (E.164 digits) are never called. `cached` is
    what of the catalog is known without asking Fonolo; it raises `LookupError` for the rest.
    """

    catalog: Catalog
    calls: CallService
    ring_budgets: RingBudgets
    idempotency: Idempotency
    rules: RequestRules
    replacements: Replacements
    sign: Callable[[CallReference], str]
    format_time: Callable[[datetime], str]
    config_timeout: float
    call_timeout: float
    token_uses: TokenUses
    blocked_numbers: Container[str] = ()
    cached: Catalog | None = None

    def validate(self, profile_sid: str, request: CallbackRequest) -> None:
        """Raise what a start with this body would be refused for; place nothing.

        Blocked numbers are left aside: who may ask for many could read the list.
        """
        self._check(self.catalog, profile_sid, request, Deadline(self.config_timeout))

    def start(
        self,
        profile_sid: str,
        request: CallbackRequest,
        attempt: Attempt | None,
        *,
        client: str = "",
        captcha: Captcha | None = None,
        captcha_first: bool = False,
    ) -> PlacedCallback:
        """Place the call-back once; raise the `Problem` of the first step that refuses it.

        `client` is the key of who asks. `captcha` checks the request's token, where this start
        needs one; `captcha_first`: before anything is asked of Fonolo.
        """
        whole = self.config_timeout + self.call_timeout
        deadline = Deadline(whole)

        # What follows may be slow (CAPTCHA, token, replaced call): a repeat finds the key taken.
        claims_key_first = bool(captcha or request.identity or request.replaces)

        def place(reservations: Claiming) -> PlacedCallback:
            validated = None if claims_key_first else self._check_cached(profile_sid, request)
            if validated is None:
                if captcha and captcha_first:
                    check_first(captcha, request)
                config_deadline = Deadline(min(self.config_timeout, deadline.remaining()))
                reservations.acquire()
                validated = self._check(
                    self.catalog, profile_sid, request, config_deadline, self.blocked_numbers
                )
            with self.replacements.exclusively(validated.replaced, whole):
                claims = () if captcha_first else claim_token(captcha, request)
                return self._place(profile_sid, validated, deadline, client, reservations, claims)

        def place_once(reservations: Claiming) -> PlacedCallback:
            if claims_key_first:
                reservations.acquire()
            return self.token_uses.once(request.identity, attempt, lambda: place(reservations))

        return self.idempotency.once(attempt, whole, place_once)

    def _check_cached(self, profile_sid: str, request: CallbackRequest) -> ValidatedRequest | None:
        """Check the request without asking Fonolo; return None where it has to be asked."""
        if self.cached is None:
            return None
        try:
            deadline = Deadline(self.config_timeout)
            return self._check(self.cached, profile_sid, request, deadline, self.blocked_numbers)
        except LookupError:
            return None

    def _check(
        self,
        catalog: Catalog,
        profile_sid: str,
        request: CallbackRequest,
        deadline: Deadline,
        blocked_numbers: Container[str] = (),
    ) -> ValidatedRequest:
        profile = catalog.profile(profile_sid, deadline.remaining())
        replaced = self.replacements.find(profile_sid, request.replaces)
        if isinstance(replaced, FieldError):
            request = replace(request, field_errors=(*request.field_errors, replaced))
        validated = check_request(request, profile, self.rules, blocked_numbers)
        _check_open(profile, validated)
        if validated.start_time is not None:
            _check_slot(catalog, profile_sid, validated.option.id, validated.start_time, deadline)
        if isinstance(replaced, CallReference):
            replaceable = self.replacements.check(replaced, deadline.remaining())
            validated = replace(validated, replaced=replaceable)
        return validated

    def _place(
        self,
        profile_sid: str,
        request: ValidatedRequest,
        deadline: Deadline,
        client: str,
        reservations: Reservations,
        claims: tuple[Claim, ...],
    ) -> PlacedCallback:
        ring_id = f"{random.getrandbits(64):016x}"  # unique is all it has to be
        budgets = self.ring_budgets.budgets(profile_sid, request)
        reservation = reservations.reserve(budgets, ring_id, claims)
        raise_where_used(reservation)
        if reservation.refused is not None:
            raise refusal(budgets, reservation.refused, reservation)
        duplicate = next((budget.key for budget in budgets if budget.scope == DUPLICATE), None)
        call = CallReference("", duplicate, ring_id, profile_sid, request.start_time)
        try:
            placed = self._call(request, call, deadline, client)
        except (UpstreamRefused, UpstreamUnreachable):
            keys = [budget.key for budget in budgets]
            reservations.give_back(keys, ring_id, reservation.at)
            self._check_slot_gone(profile_sid, request, deadline)
            raise
        if request.replaced is None:
            return placed
        done = self.replacements.finish(request.replaced, takeover_keys(budgets), deadline)
        return replace(placed, replaced=done)

    def _call(
        self, request: ValidatedRequest, call: CallReference, deadline: Deadline, client: str
    ) -> PlacedCallback:
        """Ask Fonolo; whatever is neither a success nor surely no call is not known.

        `call` is what the handle will name, but for its SID.
        """
        try:
            call_sid = self.calls.start(
                request.number,
                request.option.id,
                start_time=request.start_time,
                sms_optin=request.sms_optin,
                answers=request.answers,
                within=deadline.remaining(),
                client=client,
            )
            handle = self.sign(replace(call, call_sid=call_sid))
            start_time = self.format_time(request.start_time) if request.start_time else None
            return PlacedCallback(handle, start_time)
        except UpstreamRefused as error:
            raise CallbackRefused(str(error)) from error
        except UpstreamUnreachable:
            raise
        except Exception as error:
            raise OutcomeUnknown from error

    def _check_slot_gone(
        self, profile_sid: str, request: ValidatedRequest, deadline: Deadline
    ) -> None:
        """Raise `SlotUnavailable` where the refused start's slot has been taken meanwhile."""
        if request.start_time is None:
            return
        try:
            slots = self.catalog.slots(
                profile_sid, request.option.id, deadline.remaining(), refresh=True
            )
        except UpstreamError:
            return
        if not find_slot(slots, request.start_time):
            raise SlotUnavailable(slots)


def _check_slot(
    catalog: Catalog, profile_sid: str, option_id: str, start_time: datetime, deadline: Deadline
) -> None:
    slots: tuple[Slot, ...] = ()
    for refresh in (False, True):
        slots = catalog.slots(profile_sid, option_id, deadline.remaining(), refresh=refresh)
        if find_slot(slots, start_time):
            return
    raise SlotUnavailable(slots)


def _check_open(profile: Profile, request: ValidatedRequest) -> None:
    if not profile.is_active:
        raise Problem("profile_paused", "This profile takes no call-backs at the moment.")
    if not request.option.takes_scheduled:
        raise Problem("option_paused", "This option takes no call-backs at the moment.")
    if request.start_time is None and not request.option.takes_immediate:
        raise Problem("option_closed", "This option is closed now; choose a slot instead.")
