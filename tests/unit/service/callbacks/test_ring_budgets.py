"""Ring budgets: what an order draws on, in which order it is refused, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.callbacks.ports import Rate, Reservation, Window
from service.callbacks.request import ValidatedRequest
from service.callbacks.ring_budgets import RingBudgets, RingLimits, refusal
from service.errors import RateLimited
from service.store.hashing import KeyedHasher
from tests.unit.service.fakes import NOW, OPTION_ID, PROFILE_SID, Clock, key_hasher, option

ORDER = ValidatedRequest("14163662500", "14163662500", option(), None, None, {})
ALL = RingLimits((Rate(3, 600), Rate(10, 86400)), (Rate(5, 60),), (Rate(600, 3600),), 30)


def rings(rules: RingLimits = ALL) -> RingBudgets:
    return RingBudgets(rules, key_hasher, Clock())


def keys(order: ValidatedRequest, profile_sid: str = PROFILE_SID) -> dict[str, str]:
    return {each.scope: each.key for each in rings().budgets(profile_sid, order)}


def test_they_refuse_in_the_contracts_order() -> None:
    scopes = [each.scope for each in rings().budgets(PROFILE_SID, ORDER)]
    assert scopes == ["duplicate", "number", "number", "prefix", "global"]


def test_without_limits_and_window_nothing_is_drawn_on() -> None:
    assert rings(RingLimits((), (), (), 0)).budgets(PROFILE_SID, ORDER) == []


def test_each_rate_of_a_limit_counts_for_itself() -> None:
    budgets = rings().budgets(PROFILE_SID, ORDER)
    numbers = [each for each in budgets if each.scope == "number"]
    assert [each.rate for each in numbers] == list(ALL.per_number)
    assert len({each.key for each in numbers}) == 2


class TestDuplicates:
    @pytest.mark.parametrize(
        "change",
        [
            {"phone": "14163662501"},
            {"option": option(id="CO" + "9" * 32)},
            {"start_time": datetime(2017, 8, 7, 21, 30, tzinfo=UTC)},
        ],
    )
    def test_another_number_option_or_time_is_another_wish(self, change: dict[str, Any]) -> None:
        assert keys(ORDER)["duplicate"] != keys(replace(ORDER, **change))["duplicate"]

    def test_another_profile_is_another_wish(self) -> None:
        assert keys(ORDER)["duplicate"] != keys(ORDER, "CP" + "9" * 32)["duplicate"]

    @pytest.mark.parametrize("change", [{"answers": {"reason": "x"}}, {"sms_optin": True}])
    def test_other_answers_are_the_same_wish(self, change: dict[str, Any]) -> None:
        assert keys(ORDER)["duplicate"] == keys(replace(ORDER, **change))["duplicate"]

    def test_the_same_instant_in_another_zone_is_the_same_wish(self) -> None:
        at = datetime(2017, 8, 7, 21, 30, tzinfo=UTC)
        elsewhere = at.astimezone(tz=None)
        assert keys(replace(ORDER, start_time=at)) == keys(replace(ORDER, start_time=elsewhere))

    def test_one_for_now_lasts_as_long_as_the_window(self) -> None:
        duplicate = rings().budgets(PROFILE_SID, ORDER)[0]
        assert duplicate.rate == Rate(1, 30)

    def test_a_scheduled_one_lasts_until_its_time(self) -> None:
        at = datetime.fromtimestamp(NOW, UTC) + timedelta(hours=3)
        duplicate = rings().budgets(PROFILE_SID, replace(ORDER, start_time=at))[0]
        assert duplicate.rate == Rate(1, 3 * 3600)

    def test_a_scheduled_one_lasts_at_least_as_long_as_the_window(self) -> None:
        at = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=1)
        duplicate = rings().budgets(PROFILE_SID, replace(ORDER, start_time=at))[0]
        assert duplicate.rate == Rate(1, 30)

    def test_window_0_is_off(self) -> None:
        at = datetime.fromtimestamp(NOW, UTC) + timedelta(hours=3)
        off = replace(ALL, duplicate_window=0)
        scopes = {
            each.scope for each in rings(off).budgets(PROFILE_SID, replace(ORDER, start_time=at))
        }
        assert "duplicate" not in scopes


class TestNumbers:
    def test_a_number_counts_whoever_asks_for_whatever(self) -> None:
        other = replace(ORDER, option=option(id="CO" + "9" * 32))
        assert keys(ORDER)["number"] == keys(other, "CP" + "9" * 32)["number"]

    def test_a_prefix_is_the_number_less_its_last_four_digits(self) -> None:
        assert keys(ORDER)["prefix"] == keys(replace(ORDER, phone="14163669999"))["prefix"]
        assert keys(ORDER)["prefix"] != keys(replace(ORDER, phone="14163672500"))["prefix"]

    def test_a_short_number_is_not_the_prefix_of_a_longer_one(self) -> None:
        short = replace(ORDER, phone="1416366")
        assert keys(ORDER)["prefix"] != keys(short)["number"]

    def test_all_draw_on_the_same_global_budget(self) -> None:
        other = replace(ORDER, phone="442071838750", option=option(id="CO" + "9" * 32))
        assert keys(ORDER)["global"] == keys(other, "CP" + "9" * 32)["global"]

    def test_no_key_holds_a_number(self) -> None:
        hidden = RingBudgets(ALL, KeyedHasher("k" * 32), Clock())
        for each in hidden.budgets(PROFILE_SID, ORDER):
            assert ORDER.number not in each.key
            assert ORDER.number[:-4] not in each.key
            assert OPTION_ID not in each.key

    def test_another_secret_makes_other_keys(self) -> None:
        one, two = (RingBudgets(ALL, KeyedHasher(secret * 32), Clock()) for secret in "ab")
        first, second = ({b.key for b in r.budgets(PROFILE_SID, ORDER)} for r in (one, two))
        assert not first & second


class TestRefusal:
    @staticmethod
    def of(scope: str) -> Any:
        budgets = rings().budgets(PROFILE_SID, ORDER)
        index = [each.scope for each in budgets].index(scope)
        windows = tuple(Window(1, 10.5 + n) for n in range(len(budgets)))
        return refusal(budgets, index, Reservation(windows, index)), windows[index].frees_in

    def test_a_duplicate_is_told_as_one(self) -> None:
        problem, _ = self.of("duplicate")
        assert problem.code == "duplicate_callback"
        assert problem.retry_after is None

    @pytest.mark.parametrize(
        ("scope", "said"), [("number", "number"), ("prefix", "number"), ("global", "global")]
    )
    def test_a_used_up_budget_says_its_scope_and_when_it_frees(self, scope: str, said: str) -> None:
        problem, frees_in = self.of(scope)
        assert isinstance(problem, RateLimited)
        assert problem.scope == said
        assert problem.retry_after == frees_in
