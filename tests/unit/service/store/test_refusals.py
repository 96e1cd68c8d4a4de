"""Clients over their limit are refused from memory, for as long as the store said."""

from __future__ import annotations

from service.callbacks.ports import Budget, Rate, Reservation, Window
from service.store.refusals import Refusals
from tests.unit.service.fakes import Clock


def budgets(client: str) -> list[Budget]:
    rates = (Rate(5, 60), Rate(30, 3600))
    return [Budget("client", f"client:{client}:{rate.seconds}", rate) for rate in rates]


def refused(frees_in: float) -> Reservation:
    return Reservation((Window(5, frees_in), Window(5, 3000)), refused=0)


def test_a_refusal_holds_until_its_budget_frees_and_says_how_long() -> None:
    clock = Clock()
    refusals = Refusals(clock)
    refusals.add(budgets("me"), refused(30))
    clock.pass_(20)
    assert refusals.find(budgets("you")) is None
    assert refusals.find(budgets("me")) == Reservation((Window(5, 10), Window(5, 2980)), refused=0)
    clock.pass_(10)
    assert refusals.find(budgets("me")) is None


def test_other_budgets_of_the_client_are_not_refused_by_it() -> None:
    refusals = Refusals(Clock())
    refusals.add(budgets("me"), refused(30))
    assert refusals.find(budgets("me")[:1]) is None


def test_what_may_be_given_back_is_not_remembered() -> None:
    refusals = Refusals(Clock())
    number = [Budget("number", "number:1", Rate(1, 60))]
    refusals.add(number, Reservation((Window(1, 30),), refused=0))
    assert refusals.find(number) is None


def test_a_refusal_that_is_over_takes_no_memory() -> None:
    clock = Clock()
    refusals = Refusals(clock)
    for n in range(100):
        refusals.add(budgets(f"{n}"), refused(30))
        clock.pass_(10)
    assert len(refusals) <= 4


def test_a_prefix_is_forgotten() -> None:
    refusals = Refusals(Clock())
    for name in ("me", "you"):
        refusals.add(budgets(name), refused(30))
    refusals.clear("client:me")
    assert refusals.find(budgets("me")) is None
    assert refusals.find(budgets("you"))
