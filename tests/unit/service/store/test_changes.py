"""What waits until Redis has it: bounded, but for all that memory had when Redis lost it."""

from __future__ import annotations

from service.store.changes import Change, Changes


def claims(*names: str) -> list[Change]:
    return [Change("claim", f"key:{name}", "v", at=600) for name in names]


def test_the_oldest_are_dropped_where_too_many_wait() -> None:
    changes = Changes(most=2)
    changes.add(claims("a", "b", "c"))
    assert changes.pop_oldest(9, now=0) == claims("b", "c")


def test_nothing_of_what_is_remembered_is_dropped() -> None:
    changes = Changes(most=2)
    changes.replace(claims("a", "b", "c"))
    changes.add(claims("d", "e"))
    assert changes.pop_oldest(9, now=0) == claims("a", "b", "c", "d", "e")
