"""Following a call-back: its status, when to ask again, and its cancel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.callbacks.calls import CallReference
from service.callbacks.ports import Budget, Progress, Rate
from service.callbacks.tracking import FINAL, CallbackTracker
from service.errors import (
    Problem,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnintelligible,
    UpstreamUnknown,
    UpstreamUnreachable,
)
from service.fonolo.models import STATUSES
from service.store.memory import MemoryStore
from tests.unit.service.fakes import CALL_SID, NOW, Clock, FakeCallService

DUPLICATE_KEY = "duplicate:" + "d" * 32
CALL = CallReference(CALL_SID, DUPLICATE_KEY, "a" * 16)
DUPLICATE = Budget("duplicate", DUPLICATE_KEY, Rate(1, 30))


def follower(phone: FakeCallService, store: MemoryStore | None = None) -> CallbackTracker:
    return CallbackTracker(phone, store or MemoryStore(Clock()), Clock())


def progress(status: str, start_time: datetime | None = None) -> Progress:
    return Progress(status, start_time, 0)


class TestProgress:
    def test_it_is_what_fonolo_says(self) -> None:
        phone = FakeCallService(status=Progress("Holding", None, 22))
        assert follower(phone).progress(CALL) == Progress("Holding", None, 22)

    def test_a_call_that_fonolo_refuses_is_unknown(self) -> None:
        with pytest.raises(Problem) as raised:
            follower(FakeCallService(status=UpstreamRefused("no"))).progress(CALL)
        assert raised.value.code == "unknown_callback"

    @pytest.mark.parametrize(
        "error", [UpstreamTimeout, UpstreamUnknown, UpstreamUnreachable, UpstreamUnintelligible]
    )
    def test_another_failure_stays_what_it_is(self, error: type[UpstreamError]) -> None:
        with pytest.raises(error):
            follower(FakeCallService(status=error("e"))).progress(CALL)


class TestPollAfter:
    @pytest.mark.parametrize("status", sorted(FINAL))
    def test_a_final_status_is_not_worth_asking_for_again(self, status: str) -> None:
        assert follower(FakeCallService()).poll_after(progress(status)) is None

    @pytest.mark.parametrize("status", sorted(set(STATUSES) - FINAL))
    def test_any_other_is(self, status: str) -> None:
        seconds = follower(FakeCallService()).poll_after(progress(status))
        assert seconds is not None
        assert seconds >= 1

    def test_four_of_the_twelve_are_final(self) -> None:
        assert {"Success", "Canceled", "Failed", "Deleted"} == FINAL < set(STATUSES)

    @pytest.mark.parametrize("seconds", [-3600, 0, 1, 45, 3600, 10**8])
    def test_a_scheduled_one_is_asked_for_less_often_but_not_past_its_time(
        self, seconds: int
    ) -> None:
        at = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=seconds)
        found = follower(FakeCallService()).poll_after(progress("Scheduled", at))
        assert found is not None
        assert 1 <= found <= max(seconds, 2)
        assert found <= 60


class TestCancel:
    def test_it_cancels_that_call(self) -> None:
        phone = FakeCallService()
        follower(phone).cancel(CALL)
        assert phone.cancelled == [CALL_SID]

    def test_one_that_is_canceled_already_is_a_success(self) -> None:
        phone = FakeCallService(cancel_error=UpstreamRefused("no"), status=progress("Canceled"))
        follower(phone).cancel(CALL)

    @pytest.mark.parametrize("status", ["Success", "Failed", "Deleted"])
    def test_one_that_has_ended_otherwise_is_final(self, status: str) -> None:
        phone = FakeCallService(cancel_error=UpstreamRefused("no"), status=progress(status))
        with pytest.raises(Problem) as raised:
            follower(phone).cancel(CALL)
        assert raised.value.code == "callback_final"

    @pytest.mark.parametrize("status", sorted(set(STATUSES) - FINAL))
    def test_one_that_goes_on_is_a_refusal(self, status: str) -> None:
        phone = FakeCallService(cancel_error=UpstreamRefused("no"), status=progress(status))
        with pytest.raises(UpstreamRefused):
            follower(phone).cancel(CALL)

    @pytest.mark.parametrize(
        "error", [UpstreamRefused, UpstreamTimeout, UpstreamUnreachable, UpstreamUnintelligible]
    )
    def test_refused_with_a_status_that_cannot_be_read_is_the_failure_of_that_and_clears_nothing(
        self, error: type[UpstreamError]
    ) -> None:
        store = MemoryStore(Clock())
        store.reserve([DUPLICATE], CALL.ring_id)
        phone = FakeCallService(cancel_error=UpstreamRefused("no"), status=error("no"))
        with pytest.raises(error):
            follower(phone, store).cancel(CALL)
        assert store.reserve([DUPLICATE], "b" * 16).refused == 0

    @pytest.mark.parametrize(
        "error", [UpstreamTimeout, UpstreamUnknown, UpstreamUnreachable, UpstreamUnintelligible]
    )
    def test_a_lost_answer_is_told_as_one_and_clears_nothing(
        self, error: type[UpstreamError]
    ) -> None:
        store = MemoryStore(Clock())
        store.reserve([DUPLICATE], CALL.ring_id)
        with pytest.raises(error):
            follower(FakeCallService(cancel_error=error("e")), store).cancel(CALL)
        assert store.reserve([DUPLICATE], "b" * 16).refused == 0

    def test_it_clears_the_duplicate(self) -> None:
        store = MemoryStore(Clock())
        store.reserve([DUPLICATE], CALL.ring_id)
        follower(FakeCallService(), store).cancel(CALL)
        assert store.reserve([DUPLICATE], "b" * 16).refused is None

    def test_an_old_one_never_clears_a_newer_duplicate(self) -> None:
        store = MemoryStore(Clock())
        store.reserve([DUPLICATE], "b" * 16)
        follower(FakeCallService(), store).cancel(CALL)
        assert store.reserve([DUPLICATE], "c" * 16).refused == 0

    def test_a_call_without_a_duplicate_entry_is_cancelled_too(self) -> None:
        phone = FakeCallService()
        follower(phone).cancel(CallReference(CALL_SID, None, ""))
        assert phone.cancelled == [CALL_SID]
