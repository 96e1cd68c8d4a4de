"""Starting a call-back: the first failing step answers, and a phone rings once or not at all."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.callbacks.calls import CallReference, PlacedCallback
from service.callbacks.idempotency import Attempt, Idempotency
from service.callbacks.identity import TokenUses
from service.callbacks.number_rules import NumberRules
from service.callbacks.ports import Claim, Rate
from service.callbacks.questions import PUBLIC_TYPES
from service.callbacks.replacement import Replacements
from service.callbacks.request import CallbackRequest, RequestRules
from service.callbacks.ring_budgets import RingBudgets, RingLimits
from service.callbacks.start import CallbackStarter
from service.callbacks.tracking import CallbackTracker, unknown_callback
from service.errors import (
    FieldError,
    GatewayError,
    OutcomeUnknown,
    Problem,
    RateLimited,
    SlotUnavailable,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnintelligible,
    UpstreamUnknown,
    UpstreamUnreachable,
    ValidationFailed,
)
from service.store.memory import MemoryStore
from tests.unit.service.fakes import (
    OPTION_ID,
    OTHER_OPTION_ID,
    PROFILE_SID,
    SLOT_START,
    Clock,
    FakeCallService,
    FakeCatalog,
    key_hasher,
    option,
    profile,
    question,
    slot,
)

NUMBER = "14163662500"
SLOT_TEXT = "2017-08-07T17:30:00-04:00"
CONFIG_TIMEOUT, CALL_TIMEOUT = 5.0, 13.0
MAYBE_RUNG = [UpstreamTimeout, UpstreamUnknown, UpstreamUnintelligible]
NOT_RUNG = [UpstreamRefused, UpstreamUnreachable]


def ring_limits(
    per_number: tuple[Rate, ...] = (),
    per_prefix: tuple[Rate, ...] = (),
    of_all: tuple[Rate, ...] = (),
    duplicate_window: float = 30,
) -> RingLimits:
    return RingLimits(per_number, per_prefix, of_all, duplicate_window)


@dataclass
class World:
    """A starter, all it stands on, and what it has come to."""

    rules: RingLimits = field(default_factory=lambda: ring_limits(duplicate_window=30))
    catalog: FakeCatalog = field(default_factory=FakeCatalog)
    phone: FakeCallService = field(default_factory=FakeCallService)
    clock: Clock = field(default_factory=Clock)
    signed: list[CallReference] = field(default_factory=list)
    blocked_numbers: tuple[str, ...] = ()
    cached: FakeCatalog | None = None

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        self.starter = CallbackStarter(
            self.catalog,
            self.phone,
            RingBudgets(self.rules, key_hasher, self.clock),
            Idempotency(self.store, key_hasher, 3600, self.clock),
            RequestRules(ZoneInfo("UTC"), NumberRules(), PUBLIC_TYPES),
            Replacements(self.read, self.phone, self.store, key_hasher, 3600),
            sign=self.sign,
            format_time=lambda at: at.isoformat(),
            config_timeout=CONFIG_TIMEOUT,
            call_timeout=CALL_TIMEOUT,
            token_uses=TokenUses(self.store, key_hasher),
            blocked_numbers=self.blocked_numbers,
            cached=self.cached,
        )

    def sign(self, call: CallReference) -> str:
        self.signed.append(call)
        return f"handle of {call.call_sid}"

    def read(self, handle: str) -> CallReference:
        for call in self.signed:
            if handle == f"handle of {call.call_sid}":
                return call
        raise unknown_callback()

    def request(self, **fields: Any) -> CallbackRequest:
        return CallbackRequest(**{"number": NUMBER, **fields})

    def start(self, key: str | None = None, **fields: Any) -> PlacedCallback:
        fields = {"number": NUMBER, **fields}
        attempt = Attempt(key, PROFILE_SID, repr(sorted(fields.items()))) if key else None
        return self.starter.start(PROFILE_SID, CallbackRequest(**fields), attempt)

    def fails(self, key: str | None = None, **fields: Any) -> GatewayError:
        with pytest.raises(GatewayError) as raised:
            self.start(key, **fields)
        return raised.value

    def code(self, key: str | None = None, **fields: Any) -> str:
        error = self.fails(key, **fields)
        return error.code if isinstance(error, Problem) else type(error).__name__

    @property
    def rings(self) -> int:
        return len(self.phone.rings)


def with_profile(**changes: Any) -> FakeCatalog:
    return FakeCatalog(profile(**changes))


class TestSuccess:
    def test_the_phone_gets_exactly_what_was_asked_for(self) -> None:
        world = World(catalog=with_profile(questions=(question("reason"),)))
        started = world.start(
            number="4163662500",
            start_time=SLOT_TEXT,
            sms_optin=True,
            questions={"reason": "x"},
        )
        ring = world.phone.rings[0]
        ring.pop("within")
        assert ring == {
            "number": NUMBER,
            "option_id": OPTION_ID,
            "start_time": SLOT_START,
            "sms_optin": True,
            "answers": {"reason": "x"},
        }
        assert started == PlacedCallback(f"handle of CA{1:032x}", SLOT_START.isoformat())

    def test_one_for_now_has_no_start_time(self) -> None:
        world = World()
        assert world.start().start_time is None
        assert world.phone.rings[0]["start_time"] is None
        assert ("slots", OPTION_ID, False) not in world.catalog.asked

    def test_answers_that_are_empty_are_not_passed_on(self) -> None:
        world = World(catalog=with_profile(questions=(question("reason"),)))
        world.start(questions={"reason": ""})
        assert world.phone.rings[0]["answers"] == {}


class TestBlockedNumbers:
    def test_a_start_is_refused_and_a_validation_tells_nothing(self) -> None:
        world = World(blocked_numbers=(NUMBER,))
        error = world.fails(number="4163662500", option="none")
        assert isinstance(error, ValidationFailed)
        assert [each.code for each in error.field_errors] == ["number_blocked", "unknown_option"]
        world.starter.validate(PROFILE_SID, CallbackRequest(number=NUMBER))
        assert world.rings == 0


class TestOrderOfSteps:
    """Each row breaks two steps that follow each other; the first of them answers."""

    @pytest.mark.parametrize(
        ("changes", "fields", "answers"),
        [
            ({"status": "paused"}, {"number": "1"}, "validation_failed"),
            ({"status": "paused", "options": (option(status="paused"),)}, {}, "profile_paused"),
            ({"status": "something new"}, {}, "profile_paused"),
            ({"options": (option(status="paused"),)}, {}, "option_paused"),
            ({"options": (option(status="something new"),)}, {}, "option_paused"),
            ({"options": (option(status="paused"),)}, {"start_time": SLOT_TEXT}, "option_paused"),
            ({"options": (option(status="closed"),)}, {}, "option_closed"),
        ],
    )
    def test_the_body_then_the_profile_then_the_option(
        self, changes: dict[str, Any], fields: dict[str, Any], answers: str
    ) -> None:
        world = World(catalog=with_profile(**changes))
        world.catalog.offers = [()]
        assert world.code(option=OPTION_ID, **fields) == answers
        assert world.rings == 0

    def test_idempotency_goes_before_the_body(self) -> None:
        world = World()
        world.start("k" * 16)
        assert world.code("k" * 16, number="1") == "idempotency_key_reused"

    def test_idempotency_goes_before_the_profiles_status(self) -> None:
        world = World()
        world.start("k" * 16)
        world.catalog.profile_ = profile(status="paused")
        assert world.start("k" * 16).replayed

    def test_a_replay_asks_fonolo_nothing(self) -> None:
        world = World()
        world.start("k" * 16)
        world.catalog.asked.clear()
        world.start("k" * 16)
        assert world.catalog.asked == []

    def test_a_closed_option_can_be_scheduled(self) -> None:
        world = World(catalog=with_profile(options=(option(status="closed"),)))
        assert world.start(start_time=SLOT_TEXT).start_time

    def test_the_slot_goes_before_the_duplicate(self) -> None:
        world = World()
        world.start(start_time=SLOT_TEXT)
        world.catalog.offers = [()]
        assert world.code(start_time=SLOT_TEXT) == "slot_unavailable"

    def test_the_duplicate_goes_before_the_number(self) -> None:
        world = World(ring_limits((Rate(1, 600),), (Rate(1, 600),), (Rate(1, 600),)))
        world.start()
        assert world.code() == "duplicate_callback"

    def test_the_number_goes_before_the_prefix_and_the_prefix_before_all(self) -> None:
        both = World(ring_limits((Rate(1, 60),), (Rate(1, 600),), (Rate(1, 6000),), 0))
        both.start()
        number = both.fails()
        prefix = both.fails(number="14163662501")
        all_ = both.fails(number="14163672500")
        assert [each.scope for each in (number, prefix, all_)] == [  # type: ignore[attr-defined]
            "number",
            "number",
            "global",
        ]
        assert [each.retry_after for each in (number, prefix, all_)] == [60, 600, 6100]  # type: ignore[attr-defined]
        assert both.rings == 1

    def test_budgets_go_before_fonolo(self) -> None:
        world = World(ring_limits((Rate(1, 60),), duplicate_window=0))
        world.start()
        world.phone.answers = [UpstreamRefused("no")]
        assert world.code() == "rate_limited"
        assert world.rings == 1


class TestSlots:
    def test_one_that_is_not_on_offer_is_refused_with_those_that_are(self) -> None:
        world = World()
        error = world.fails(start_time="2017-08-07T21:31:00Z")
        assert isinstance(error, SlotUnavailable)
        assert error.slots == (slot(),)
        assert world.rings == 0

    def test_one_not_among_cached_slots_is_asked_for_afresh_once(self) -> None:
        world = World()
        world.catalog.offers = [(), (slot(),)]
        world.start(start_time=SLOT_TEXT)
        assert [each for each in world.catalog.asked if each[0] == "slots"] == [
            ("slots", OPTION_ID, False),
            ("slots", OPTION_ID, True),
        ]

    def test_one_that_is_among_them_is_not_asked_for_again(self) -> None:
        world = World()
        world.start(start_time=SLOT_TEXT)
        assert [each for each in world.catalog.asked if each[0] == "slots"] == [
            ("slots", OPTION_ID, False)
        ]

    def test_the_slots_are_those_of_the_chosen_option(self) -> None:
        two = profile(options=(option(), option(id=OTHER_OPTION_ID)))
        world = World(catalog=FakeCatalog(two))
        world.start(option=OTHER_OPTION_ID, start_time=SLOT_TEXT)
        assert ("slots", OTHER_OPTION_ID, False) in world.catalog.asked

    def test_a_refused_start_whose_slot_is_gone_is_told_so_with_the_slots_of_now(self) -> None:
        later = slot(SLOT_START + timedelta(hours=1))
        world = World(phone=FakeCallService([UpstreamRefused("full")]))
        world.catalog.offers = [(slot(),), (later,)]
        error = world.fails(start_time=SLOT_TEXT)
        assert isinstance(error, SlotUnavailable)
        assert error.slots == (later,)
        assert world.catalog.asked[-1] == ("slots", OPTION_ID, True)

    def test_a_refused_start_whose_slot_stands_is_a_refusal(self) -> None:
        world = World(phone=FakeCallService([UpstreamRefused("no")]))
        assert isinstance(world.fails(start_time=SLOT_TEXT), UpstreamRefused)

    def test_a_refused_start_whose_slot_cannot_be_looked_up_is_a_refusal(self) -> None:
        world = World(phone=FakeCallService([UpstreamRefused("no")]))
        world.catalog.offers = [(slot(),), UpstreamTimeout("late")]
        assert isinstance(world.fails(start_time=SLOT_TEXT), UpstreamRefused)

    def test_a_start_whose_slot_is_gone_gives_its_rings_and_its_key_back(self) -> None:
        world = World(
            ring_limits((Rate(1, 600),)), phone=FakeCallService([UpstreamRefused("full")])
        )
        world.catalog.offers = [(slot(),), (), (slot(),)]
        assert world.code("k" * 16, start_time=SLOT_TEXT) == "slot_unavailable"
        assert world.start("k" * 16, start_time=SLOT_TEXT).id

    def test_a_refused_start_for_now_asks_for_no_slots(self) -> None:
        world = World(phone=FakeCallService([UpstreamRefused("no")]))
        assert isinstance(world.fails(), UpstreamRefused)
        assert all(each[0] == "profile" for each in world.catalog.asked)


class TestKeysOverCaches:
    """Where nobody is waited for, the key is claimed together with the rings, and only then."""

    KEY = "k" * 16

    def test_a_start_out_of_the_caches_asks_nobody_and_rings_once(self) -> None:
        world = World(cached=FakeCatalog())
        first, second = world.start(self.KEY), world.start(self.KEY)
        assert (second.id, second.replayed, world.rings) == (first.id, True, 1)
        assert world.catalog.asked == []

    @pytest.mark.parametrize(
        "since",
        [
            {"profile_": profile(status="paused")},
            {"profile_": profile(options=(option(status="closed"),))},
            {"profile_": LookupError("no longer fresh")},
        ],
    )
    def test_the_first_outcome_goes_before_what_has_become_wrong_since(
        self, since: dict[str, Any]
    ) -> None:
        world = World(cached=FakeCatalog())
        first = world.start(self.KEY)
        for name, changed in since.items():
            setattr(world.cached, name, changed)
        assert world.start(self.KEY).id == first.id
        assert world.catalog.asked == []

    def test_a_used_key_goes_before_the_faults_of_another_body(self) -> None:
        world = World(cached=FakeCatalog())
        world.start(self.KEY)
        assert world.code(self.KEY, number="12") == "idempotency_key_reused"

    def test_what_is_refused_leaves_the_key_free(self) -> None:
        world = World(ring_limits((Rate(1, 600),)), cached=FakeCatalog())
        assert world.code(self.KEY, number="12") == "validation_failed"
        world.start()
        assert world.code(self.KEY) == "duplicate_callback"
        assert world.start(self.KEY, number="14163662501").id

    def test_a_refused_start_gives_key_and_rings_back(self) -> None:
        world = World(ring_limits((Rate(1, 600),)), cached=FakeCatalog())
        world.phone.answers = [UpstreamRefused("no")]
        world.fails(self.KEY)
        assert world.start(self.KEY).id

    def test_what_is_not_cached_is_asked_for_once_the_key_is_claimed(self) -> None:
        world = World(cached=FakeCatalog(LookupError("not fresh")))
        world.phone.before = lambda: codes.append(world.code(self.KEY))
        codes: list[str] = []
        world.start(self.KEY)
        assert codes == ["idempotency_in_progress"]
        assert world.catalog.asked


class TestKeys:
    def test_the_same_key_rings_once(self) -> None:
        world = World()
        first, second = world.start("k" * 16), world.start("k" * 16)
        assert second.replayed
        assert second.id == first.id
        assert world.rings == 1

    @pytest.mark.parametrize(
        "error", [*MAYBE_RUNG, RuntimeError, KeyError, MemoryError, ValueError]
    )
    def test_whatever_breaks_after_sending_is_unknown_and_keeps_the_key(
        self, error: type[Exception]
    ) -> None:
        world = World(phone=FakeCallService([error("e")]))
        assert world.code("k" * 16) == "outcome_unknown"
        again = world.fails("k" * 16)
        assert isinstance(again, OutcomeUnknown)
        assert again.replayed
        assert world.rings == 1

    def test_a_handle_that_cannot_be_made_after_the_call_is_unknown_and_keeps_the_key(self) -> None:
        world = World(phone=FakeCallService(["not a SID"]))

        def sign(call: CallReference) -> str:
            raise ValueError(call.call_sid)

        world.sign = sign  # type: ignore[method-assign]
        world.__post_init__()
        assert world.code("k" * 16) == "outcome_unknown"
        assert world.code("k" * 16) == "outcome_unknown"
        assert world.rings == 1

    @pytest.mark.parametrize("error", NOT_RUNG)
    def test_a_start_that_rang_nobody_frees_the_key(self, error: type[UpstreamError]) -> None:
        world = World(phone=FakeCallService([error("e")]))
        assert isinstance(world.fails("k" * 16), error)
        assert not world.start("k" * 16).replayed

    def test_a_refused_body_frees_the_key(self) -> None:
        world = World()
        assert isinstance(world.fails("k" * 16, number="1"), ValidationFailed)
        assert world.start("k" * 16)

    @pytest.mark.parametrize("error", [UpstreamTimeout, UpstreamUnreachable, UpstreamRefused])
    def test_a_profile_that_cannot_be_read_frees_the_key(self, error: type[UpstreamError]) -> None:
        world = World()
        world.catalog.profile_ = error("e")
        assert isinstance(world.fails("k" * 16), error)
        world.catalog.profile_ = profile()
        assert world.start("k" * 16)

    def test_a_second_request_during_the_first_is_in_progress_and_rings_nobody(self) -> None:
        world = World()
        codes: list[str] = []
        world.phone.before = lambda: codes.append(world.code("k" * 16))
        world.start("k" * 16)
        assert codes == ["idempotency_in_progress"]
        assert world.rings == 1

    def test_a_worker_that_dies_while_calling_leaves_an_unknown_outcome(self) -> None:
        world = World(phone=FakeCallService([SystemExit()]))
        with pytest.raises(SystemExit):
            world.start("k" * 16)
        assert world.code("k" * 16) == "idempotency_in_progress"
        world.clock.pass_(CONFIG_TIMEOUT + CALL_TIMEOUT)
        assert world.code("k" * 16) == "outcome_unknown"
        assert world.rings == 1


class TestDuplicates:
    def test_the_same_wish_within_the_window_is_one(self) -> None:
        world = World()
        world.start()
        world.clock.pass_(29)
        assert world.code() == "duplicate_callback"
        assert world.code("another key 1234") == "duplicate_callback"
        world.clock.pass_(1)
        assert world.start()

    def test_another_option_is_another_wish(self) -> None:
        two = profile(options=(option(), option(id=OTHER_OPTION_ID)))
        world = World(catalog=FakeCatalog(two))
        assert world.start(option=OPTION_ID)
        assert world.start(option=OTHER_OPTION_ID)

    def test_another_spelling_of_the_number_is_the_same_wish(self) -> None:
        world = World()
        world.start(number="4163662500")
        assert world.code(number="14163662500") == "duplicate_callback"

    def test_a_scheduled_one_stands_until_its_time(self) -> None:
        world = World()
        world.start(start_time=SLOT_TEXT)
        world.clock.now = SLOT_START.timestamp() - 1
        assert world.code(start_time=SLOT_TEXT) == "duplicate_callback"
        world.clock.pass_(1)
        assert world.start(start_time=SLOT_TEXT)

    def test_one_for_now_and_one_for_later_are_two_wishes(self) -> None:
        world = World()
        world.start()
        assert world.start(start_time=SLOT_TEXT)

    def test_window_0_is_off(self) -> None:
        world = World(ring_limits(duplicate_window=0))
        world.start()
        assert world.start()
        assert world.signed[0].duplicate_key is None

    @pytest.mark.parametrize("error", NOT_RUNG)
    def test_a_start_that_rang_nobody_clears_it(self, error: type[UpstreamError]) -> None:
        world = World(phone=FakeCallService([error("e")]))
        world.fails()
        assert world.start()

    @pytest.mark.parametrize("error", MAYBE_RUNG)
    def test_a_start_that_may_have_rung_keeps_it(self, error: type[UpstreamError]) -> None:
        world = World(phone=FakeCallService([error("e")]))
        world.fails()
        assert world.code() == "duplicate_callback"
        assert world.rings == 1

    def test_it_stands_while_the_first_is_running(self) -> None:
        world = World()
        codes: list[str] = []
        world.phone.before = lambda: codes.append(world.code())
        world.start()
        assert codes == ["duplicate_callback"]

    def test_a_cancel_clears_it(self) -> None:
        world = World()
        world.start()
        follower = CallbackTracker(world.phone, world.store, world.clock)
        follower.cancel(world.signed[0])
        assert world.start()

    def test_an_old_cancel_never_clears_a_newer_one(self) -> None:
        world = World()
        world.start()
        world.clock.pass_(30)
        world.start()
        follower = CallbackTracker(world.phone, world.store, world.clock)
        follower.cancel(world.signed[0])
        assert world.code() == "duplicate_callback"
        follower.cancel(world.signed[1])
        assert world.start()

    def test_a_cancel_of_one_wish_leaves_others_alone(self) -> None:
        world = World()
        world.start()
        world.start(number="14163662501")
        CallbackTracker(world.phone, world.store, world.clock).cancel(world.signed[0])
        assert world.code(number="14163662501") == "duplicate_callback"


class TestRingBudgets:
    def test_a_numbers_budget_is_used_up_by_calls_whoever_asks(self) -> None:
        world = World(ring_limits((Rate(2, 600),), duplicate_window=0))
        world.start()
        world.clock.pass_(100)
        world.start(number="4163662500")
        error = world.fails()
        assert isinstance(error, RateLimited)
        assert error.retry_after == 500
        world.clock.pass_(500)
        assert world.start()
        assert world.code() == "rate_limited"

    @pytest.mark.parametrize("error", NOT_RUNG)
    def test_a_start_that_rang_nobody_gives_every_budget_back(
        self, error: type[UpstreamError]
    ) -> None:
        world = World(
            ring_limits((Rate(1, 600), Rate(1, 6000)), (Rate(1, 600),), (Rate(1, 600),)),
            phone=FakeCallService([error("e")] * 5),
        )
        for _ in range(5):
            assert isinstance(world.fails(), error)
        assert world.start()
        assert world.code(number="14163662501") == "rate_limited"

    @pytest.mark.parametrize("error", [*MAYBE_RUNG, RuntimeError])
    def test_a_start_that_may_have_rung_keeps_its_budgets(self, error: type[Exception]) -> None:
        world = World(ring_limits((Rate(1, 600),), duplicate_window=0), FakeCatalog())
        world.phone.answers = [error("e")]
        assert world.code() == "outcome_unknown"
        assert world.code() == "rate_limited"

    def test_giving_back_takes_the_own_ring_and_no_other(self) -> None:
        world = World(ring_limits((Rate(2, 600),), duplicate_window=0))
        world.start()
        world.phone.answers = [UpstreamRefused("no")]
        world.fails()
        world.start()
        assert world.code() == "rate_limited"
        assert world.rings == 3

    def test_a_refused_request_reserves_nothing(self) -> None:
        world = World(ring_limits((Rate(1, 60),), (Rate(2, 600),), (Rate(2, 6000),), 0))
        world.start()
        for _ in range(5):  # refused by the number: neither prefix nor all may be drawn on
            assert world.code() == "rate_limited"
        assert world.start(number="14163662501")

    def test_a_duplicate_draws_on_nothing(self) -> None:
        world = World(ring_limits((Rate(2, 600),)))
        world.start()
        for _ in range(5):
            assert world.code() == "duplicate_callback"
        world.clock.pass_(30)
        assert world.start()

    def test_a_refused_body_draws_on_nothing(self) -> None:
        world = World(ring_limits((Rate(1, 600),)))
        world.code(sms_optin=True, option="CO")
        assert world.start()

    def test_a_replay_draws_on_nothing(self) -> None:
        world = World(ring_limits((Rate(1, 600),), duplicate_window=0))
        world.start("k" * 16)
        assert world.start("k" * 16).replayed

    def test_a_ring_stands_in_the_budget_while_it_is_under_way(self) -> None:
        world = World(ring_limits((Rate(1, 600),), duplicate_window=0))
        codes: list[str] = []
        world.phone.before = lambda: codes.append(world.code())
        world.start()
        assert codes == ["rate_limited"]


@dataclass
class FakeCaptcha:
    """A CAPTCHA that takes the tokens `good`, and notes in `asked` when it is asked."""

    asked: list[Any]
    good: tuple[str, ...] = ("good",)

    def use_up(self, token: str | None) -> None:
        self.claim_for(token)

    def claim_for(self, token: str | None) -> Claim:
        self.asked.append(("captcha", token))
        if token not in self.good:
            code = "captcha_failed" if token else "captcha_required"
            raise ValidationFailed([FieldError("/captcha_token", code, "")])
        return Claim(f"captcha:{token}", "used", 900)


class TestCaptcha:
    """When the token is checked: after the slot; for a client over its limit before Fonolo."""

    @staticmethod
    def start(world: World, *, first: bool, key: str | None = None, **fields: Any) -> str:
        request = CallbackRequest(**{"number": NUMBER, **fields})
        attempt = Attempt(key, PROFILE_SID, NUMBER) if key else None
        captcha = FakeCaptcha(world.catalog.asked)
        try:
            world.starter.start(
                PROFILE_SID, request, attempt, captcha=captcha, captcha_first=first, client="me"
            )
        except ValidationFailed as error:
            return error.field_errors[0].code
        except Problem as error:
            return error.code
        return "placed"

    @pytest.mark.parametrize(
        ("fields", "after", "before"),
        [
            ({}, "captcha_required", "captcha_required"),
            ({"captcha_token": "bad"}, "captcha_failed", "captcha_failed"),
            ({"captcha_token": "good"}, "placed", "placed"),
            ({"number": "1"}, "number_impossible", "captcha_required"),
            ({"start_time": "2017-08-07T21:31:00Z"}, "slot_unavailable", "captcha_required"),
        ],
    )
    def test_its_place_among_the_steps(
        self, fields: dict[str, Any], after: str, before: str
    ) -> None:
        assert self.start(World(), first=False, **fields) == after
        assert self.start(World(), first=True, **fields) == before

    @pytest.mark.parametrize("token", [None, "bad", "good"])
    def test_first_it_is_checked_before_anything_is_asked(self, token: str | None) -> None:
        world = World()
        self.start(world, first=True, captcha_token=token)
        assert world.catalog.asked[0] == ("captcha", token)
        assert (len(world.catalog.asked) > 1) == (token == "good")

    def test_first_a_token_that_is_no_string_is_a_fault_of_the_body(self) -> None:
        world = World()
        fault = FieldError("/captcha_token", "invalid", "")
        assert self.start(world, first=True, field_errors=(fault,)) == "invalid"
        assert world.catalog.asked == []

    @pytest.mark.parametrize("first", [False, True])
    def test_a_key_that_has_its_outcome_needs_no_token(self, first: bool) -> None:
        world = World()
        self.start(world, first=first, key="k" * 16, captcha_token="good")
        assert self.start(world, first=first, key="k" * 16) == "placed"
        assert world.rings == 1

    @pytest.mark.parametrize("key", [None, "k" * 16])
    def test_a_token_counts_for_one_call_that_fonolo_was_asked_for(self, key: str | None) -> None:
        world = World()
        world.phone.answers = [UpstreamRefused("no")]
        with pytest.raises(UpstreamRefused):
            self.start(world, first=False, key=key, captcha_token="good")
        again = self.start(world, first=False, number="14163662501", captcha_token="good")
        assert again == "captcha_failed"
        assert world.rings == 1

    def test_a_refusal_of_ours_leaves_the_token(self) -> None:
        world = World()
        world.start()
        assert self.start(world, first=False, captcha_token="good") == "duplicate_callback"
        other = self.start(world, first=False, number="14163662501", captcha_token="good")
        assert other == "placed"

    def test_the_call_is_placed_for_the_client(self) -> None:
        world = World()
        self.start(world, first=False, captcha_token="good")
        assert world.phone.clients == ["me"]


class TestTime:
    def test_the_call_has_its_own_time_in_full(self) -> None:
        world = World()
        world.start()
        assert CALL_TIMEOUT <= world.phone.rings[0]["within"] <= CONFIG_TIMEOUT + CALL_TIMEOUT

    def test_reads_that_took_all_their_time_leave_the_call_its_own(self) -> None:
        @dataclass
        class Slow(FakeCatalog):
            within: list[float] = field(default_factory=list)

            def profile(self, sid: str, within: float) -> Any:
                self.within.append(within)
                return super().profile(sid, within)

            def slots(self, *args: Any, **kwargs: Any) -> Any:
                self.within.append(args[2])
                return super().slots(*args, **kwargs)

        world = World(catalog=Slow())
        began = time.monotonic()
        world.start(start_time=SLOT_TEXT)
        assert all(within <= CONFIG_TIMEOUT for within in world.catalog.within)  # type: ignore[attr-defined]
        took = time.monotonic() - began
        assert world.phone.rings[0]["within"] >= CONFIG_TIMEOUT + CALL_TIMEOUT - took


class TestValidate:
    @staticmethod
    def validate(world: World, **fields: Any) -> None:
        world.starter.validate(PROFILE_SID, CallbackRequest(**{"number": NUMBER, **fields}))

    def test_a_good_body_passes_and_rings_nobody(self) -> None:
        world = World()
        self.validate(world, start_time=SLOT_TEXT)
        assert world.rings == 0

    @pytest.mark.parametrize(
        ("changes", "fields", "code"),
        [
            ({}, {"number": "1"}, "validation_failed"),
            ({"status": "paused"}, {}, "profile_paused"),
            ({"options": (option(status="paused"),)}, {"option": OPTION_ID}, "option_paused"),
            ({"options": (option(status="closed"),)}, {}, "option_closed"),
            ({}, {"start_time": "2017-08-07T21:31:00Z"}, "slot_unavailable"),
        ],
    )
    def test_a_bad_one_has_the_refusals_of_a_start(
        self, changes: dict[str, Any], fields: dict[str, Any], code: str
    ) -> None:
        with pytest.raises(Problem) as raised:
            self.validate(World(catalog=with_profile(**changes)), **fields)
        assert raised.value.code == code

    def test_it_leaves_duplicates_and_budgets_aside(self) -> None:
        world = World(ring_limits((Rate(1, 600),), (Rate(1, 600),), (Rate(1, 600),)))
        for _ in range(3):
            self.validate(world)
        world.start()
        self.validate(world)


def test_a_start_in_an_hour_that_exists_twice_is_placed() -> None:
    toronto = ZoneInfo("America/Toronto")
    start = datetime(2017, 11, 5, 1, 30, tzinfo=toronto)
    world = World(clock=Clock(datetime(2017, 11, 5, 4, tzinfo=UTC).timestamp()))
    world.catalog.offers = [(slot(start),)]
    assert world.start(start_time="2017-11-05T01:30:00-04:00")
    assert world.phone.rings[0]["start_time"] == datetime(2017, 11, 5, 5, 30, tzinfo=UTC)
