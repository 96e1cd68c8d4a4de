"""Replacing a call-back: first the new one, then the cancel; never a way round a budget."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from service.callbacks.calls import CallReference, PlacedCallback
from service.callbacks.ports import Budget, Claim, Progress, Rate
from service.callbacks.request import ValidatedRequest
from service.errors import (
    Problem,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnreachable,
    ValidationFailed,
)
from tests.unit.service.callbacks.test_start import NUMBER, SLOT_TEXT, World, ring_limits
from tests.unit.service.fakes import PROFILE_SID, FakeCallService, FakeCatalog, option, slot

OTHER_NUMBER = "14163662599"
LATER_TEXT = "2017-08-07T18:00:00-04:00"
ONE_A_NUMBER = (Rate(1, 600),)
SLOTS = (slot(), slot(slot().end_time))


@dataclass
class FakeProgress(FakeCallService):
    """A phone whose statuses are told in turn, the last one for ever; an error is raised."""

    statuses: list[str | Exception] = field(default_factory=lambda: ["Scheduled"])

    def progress(self, call_sid: str, *, within: float | None = None) -> Progress:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if isinstance(status, Exception):
            raise status
        return Progress(status, None, None)


def world(*statuses: str | Exception, **limits: Any) -> tuple[World, FakeProgress]:
    """Return a world in which one call-back is scheduled, and its phone."""
    phone = FakeProgress(statuses=list(statuses or ("Scheduled",)))
    found = World(ring_limits(**limits), FakeCatalog(offers=[SLOTS]), phone)
    return found, phone


def moved(found: World, old: PlacedCallback, **fields: Any) -> PlacedCallback:
    return found.start(**{"start_time": LATER_TEXT, **fields}, replaces=old.id)


def moved_code(found: World, old: PlacedCallback, **fields: Any) -> str:
    return found.code(**{"start_time": LATER_TEXT, **fields}, replaces=old.id)


def test_the_new_one_is_placed_and_then_the_old_one_is_cancelled() -> None:
    found, phone = world()
    old = found.start(start_time=SLOT_TEXT)
    phone.before = lambda: phone.cancelled.append("nothing yet")

    new = moved(found, old)

    assert new.replaced is True
    assert phone.cancelled == ["nothing yet", found.signed[0].call_sid]
    assert old.replaced is None


@pytest.mark.parametrize(
    "status",
    [
        *("Success", "Canceled", "Failed", "Deleted"),
        *("Calling Client", "Call In Progress", "Error Callback"),
    ],
)
def test_one_that_rings_or_has_ended_is_not_replaced(status: str) -> None:
    found, _ = world(status)
    old = found.start(start_time=SLOT_TEXT)

    assert found.code(replaces=old.id) == "callback_final"
    assert found.rings == 1


@pytest.mark.parametrize(
    "status", ["Scheduled", "Initialization", "Pending", "Calling Target", "Holding"]
)
def test_one_that_has_not_rung_is_replaced(status: str) -> None:
    found, _ = world(status)
    old = found.start(start_time=SLOT_TEXT)

    assert moved(found, old).replaced is True


def test_a_bad_handle_another_profiles_and_one_gone_at_fonolo_are_faults_of_the_body() -> None:
    found, _ = world(UpstreamRefused("gone"))
    old = found.start(start_time=SLOT_TEXT)
    of_another = replace(found.signed[0], call_sid="CA" + "9" * 32, profile_sid="CP" + "9" * 32)
    of_an_earlier_version = replace(of_another, call_sid="CA" + "8" * 32, profile_sid=None)
    found.signed += [of_another, of_an_earlier_version]

    handles = [
        "",
        "forged",
        f"handle of {of_another.call_sid}",
        f"handle of {of_an_earlier_version.call_sid}",
        old.id,
    ]
    for handle in handles:
        error = found.fails(replaces=handle)
        assert isinstance(error, ValidationFailed)
        assert [(e.pointer, e.code) for e in error.field_errors] == [
            ("/replaces", "unknown_callback")
        ]
    assert found.rings == 1


def test_a_bad_handle_is_told_with_the_other_faults() -> None:
    found, _ = world()
    error = found.fails(number="", replaces="forged")

    assert isinstance(error, ValidationFailed)
    assert [e.pointer for e in error.field_errors] == ["/number", "/replaces"]


def test_a_slot_that_is_gone_is_told_before_the_old_one_is_looked_at() -> None:
    found, _ = world("Success")
    old = found.start(start_time=SLOT_TEXT)

    code = found.code(start_time="2017-08-07T23:00:00-04:00", replaces=old.id)

    assert code == "slot_unavailable"


def test_the_old_one_is_looked_at_before_the_captcha() -> None:
    class NeverAsked:
        def use_up(self, token: str | None) -> None:
            raise AssertionError("asked")

        def claim_for(self, token: str | None) -> Claim:
            raise AssertionError("asked")

    found, _ = world("Success")
    old = found.start(start_time=SLOT_TEXT)

    request = found.request(replaces=old.id)
    with pytest.raises(Problem) as raised:
        found.starter.start(PROFILE_SID, request, None, captcha=NeverAsked())
    assert raised.value.code == "callback_final"


def test_the_old_one_is_looked_at_where_the_configuration_is_cached_too() -> None:
    found, phone = world("Success")
    found.starter = replace(found.starter, cached=found.catalog)
    old = found.start(start_time=SLOT_TEXT)

    assert found.code("key of a replacement", replaces=old.id) == "callback_final"
    assert found.code(replaces="forged") == "validation_failed"
    phone.statuses = ["Scheduled"]
    assert found.start("key of a replacement", replaces=old.id).replaced is True
    assert (found.rings, len(phone.cancelled)) == (2, 1)
    phone.statuses = ["Canceled", "not asked for"]
    assert found.start("key of a replacement", replaces=old.id).replayed
    assert len(phone.statuses) == 2


def test_validating_says_the_same_and_places_nothing() -> None:
    found, phone = world("Scheduled", "Success")
    old = found.start(start_time=SLOT_TEXT)
    request = found.request(start_time=LATER_TEXT, replaces=old.id)

    found.starter.validate(PROFILE_SID, request)
    with pytest.raises(Problem) as raised:
        found.starter.validate(PROFILE_SID, request)

    assert raised.value.code == "callback_final"
    assert (found.rings, phone.cancelled) == (1, [])


def test_the_old_one_is_no_duplicate_of_the_new_one() -> None:
    found, _ = world()
    old = found.start(start_time=SLOT_TEXT)
    assert found.code(start_time=SLOT_TEXT) == "duplicate_callback"

    assert found.start(start_time=SLOT_TEXT, replaces=old.id).replaced is True
    assert found.code(start_time=SLOT_TEXT) == "duplicate_callback"


def numbers_budgets(found: World) -> list[Budget]:
    """List the budgets of the number itself."""
    request = ValidatedRequest(NUMBER, NUMBER, option(), None, None, {})
    budgets = found.starter.ring_budgets.budgets(PROFILE_SID, request)
    return [budget for budget in budgets if budget.scope == "number"]


class TestRings:
    """Whose ring counts when: a number may ring once here, so the new one needs the old one's."""

    def test_a_scheduled_one_hands_its_ring_over_again_and_again(self) -> None:
        found, _ = world(per_number=ONE_A_NUMBER, per_prefix=ONE_A_NUMBER)
        current = found.start(start_time=SLOT_TEXT)

        for text in (LATER_TEXT, SLOT_TEXT, LATER_TEXT):
            current = moved(found, current, start_time=text)
            assert current.replaced is True

        assert found.code() == "rate_limited"

    def test_the_ring_counts_from_the_new_one_on(self) -> None:
        found, _ = world(per_number=ONE_A_NUMBER, duplicate_window=0)
        old = found.start(start_time=SLOT_TEXT)
        found.clock.pass_(599)
        moved(found, old, start_time=None)
        found.clock.pass_(2)  # the old one's would be over

        assert found.code() == "rate_limited"

    def test_one_that_is_no_longer_scheduled_keeps_its_ring(self) -> None:
        found, _ = world("Holding", per_number=ONE_A_NUMBER)
        old = found.start()

        assert found.code(start_time=SLOT_TEXT, replaces=old.id) == "rate_limited"
        assert found.rings == 1

    @pytest.mark.parametrize(
        ("statuses", "cancel_error", "replaced"),
        [
            (["Scheduled", "Pending"], None, True),
            (["Scheduled", UpstreamTimeout("late")], None, True),
            (["Scheduled", "Scheduled", "Calling Client"], UpstreamRefused("no"), False),
            (["Scheduled", "Scheduled", "Scheduled"], UpstreamUnreachable("down"), False),
        ],
        ids=["began meanwhile", "nobody knows", "rings meanwhile", "cannot be cancelled"],
    )
    def test_one_that_may_ring_counts_as_well_over_the_limit_too(
        self, statuses: list[Any], cancel_error: Exception | None, replaced: bool
    ) -> None:
        found, phone = world(*statuses, per_number=(Rate(2, 600),))
        old = found.start(start_time=SLOT_TEXT)
        found.start()
        phone.cancel_error = cancel_error

        assert moved(found, old).replaced is replaced
        found.clock.pass_(31)
        assert found.code() == "rate_limited"
        (two,) = numbers_budgets(found)
        assert found.store.windows([two])[0].used == 3

    def test_another_number_counts_for_itself_and_the_old_one_keeps_its_ring(self) -> None:
        found, _ = world(per_number=ONE_A_NUMBER)
        old = found.start(start_time=SLOT_TEXT)

        assert moved(found, old, number=OTHER_NUMBER).replaced is True
        found.clock.pass_(31)
        assert found.code() == "rate_limited"
        assert found.code(number=OTHER_NUMBER) == "rate_limited"

    def test_another_number_without_a_ring_is_refused_and_the_old_one_stands(self) -> None:
        found, phone = world(per_number=ONE_A_NUMBER)
        found.start(number=OTHER_NUMBER)
        old = found.start(start_time=SLOT_TEXT)

        assert moved_code(found, old, number=OTHER_NUMBER) == "rate_limited"
        assert phone.cancelled == []

    def test_in_all_every_ring_counts(self) -> None:
        found, _ = world(of_all=(Rate(2, 600),))
        current = moved(found, found.start(start_time=SLOT_TEXT))

        assert found.code(start_time=SLOT_TEXT, replaces=current.id) == "rate_limited"

    def test_an_old_ring_that_has_left_the_window_makes_no_room(self) -> None:
        found, _ = world(per_number=ONE_A_NUMBER)
        old = found.start(start_time=SLOT_TEXT)
        found.clock.pass_(601)
        found.start()

        assert found.code(start_time=LATER_TEXT, replaces=old.id) == "rate_limited"


class TestOnce:
    @pytest.mark.parametrize(
        "cancel_error", [None, UpstreamUnreachable("down")], ids=["cancelled", "stands"]
    )
    def test_one_is_replaced_once(self, cancel_error: Exception | None) -> None:
        found, phone = world()
        old = found.start(start_time=SLOT_TEXT)
        phone.cancel_error = cancel_error
        moved(found, old)

        assert found.code(replaces=old.id) == "callback_final"
        assert found.rings == 2

    def test_a_second_one_while_the_first_runs_is_told_so(self) -> None:
        found, phone = world()
        old = found.start(start_time=SLOT_TEXT)
        codes = []

        def try_meanwhile() -> None:
            phone.before = lambda: None
            codes.append(found.code(number=OTHER_NUMBER, replaces=old.id))

        phone.before = try_meanwhile
        assert moved(found, old).replaced is True
        assert codes == ["idempotency_in_progress"]

    @pytest.mark.parametrize(
        "answer", [UpstreamRefused("no"), UpstreamUnreachable("down"), UpstreamTimeout("late")]
    )
    def test_a_new_one_that_is_refused_or_unknown_leaves_the_old_one_as_it_was(
        self, answer: Exception
    ) -> None:
        found, phone = world()
        old = found.start(start_time=SLOT_TEXT)
        phone.answers = [answer]
        found.fails(start_time=LATER_TEXT, replaces=old.id)
        assert phone.cancelled == []

        assert found.start(replaces=old.id).replaced is True

    def test_a_key_brings_the_first_outcome_again(self) -> None:
        found, _ = world("Scheduled", "Scheduled", "Canceled")
        old = found.start(start_time=SLOT_TEXT)
        key = "one key for two clicks"
        first, again = (found.start(key, replaces=old.id) for _ in range(2))

        assert (first.replaced, again.replaced) == (True, True)
        assert (first.id, again.replayed) == (again.id, True)


@pytest.mark.parametrize(
    ("cancel_error", "status", "replaced"),
    [
        (UpstreamRefused("no"), "Canceled", True),
        (UpstreamTimeout("late"), "Canceled", True),
        (UpstreamTimeout("late"), "Scheduled", False),
        (UpstreamRefused("no"), "Success", False),
        (UpstreamRefused("no"), UpstreamRefused("gone"), False),
        (KeyError("a fault of ours"), UpstreamTimeout("late"), False),
    ],
    ids=str,
)
def test_whether_the_old_one_is_cancelled_is_told_as_it_is(
    cancel_error: Exception, status: str | Exception, replaced: bool
) -> None:
    found, phone = world("Scheduled", "Scheduled", status)
    old = found.start(start_time=SLOT_TEXT)
    phone.cancel_error = cancel_error

    assert moved(found, old).replaced is replaced


def test_a_handle_without_a_ring_takes_none_over() -> None:
    found, _ = world(per_number=ONE_A_NUMBER)
    old = found.start(start_time=SLOT_TEXT)
    found.signed[0] = CallReference(found.signed[0].call_sid, None, "", found.signed[0].profile_sid)

    assert found.code(start_time=LATER_TEXT, replaces=old.id) == "rate_limited"
