"""Attacks by `replaces`: moving a call-back about must not make a phone ring once more."""

from __future__ import annotations

from tests import running
from tests.attack.world import Reply, World

_VICTIM = "14165551234"
_SLOTS = f"/v1/profiles/default/options/{running.CUSTOMER_SERVICE}/slots"
#: Three rings of one number; neither duplicates nor the address are in the way.
THREE_RINGS = {"LIMIT_NUMBER": "3/hour", "DUPLICATE_WINDOW": "0"}


def moving_in_turn(world: World) -> tuple[int, int]:
    """A scheduled call-back is moved from slot to slot: one ring, however often it is moved."""
    slots = _slots(world)
    current = world.start(_VICTIM, start_time=slots[0])
    for n in range(world.times(40)):
        moved = _replace(world, current, start_time=slots[(n + 1) % len(slots)])
        current = moved if moved.status == 201 else current
    world.many(lambda n: world.start(_VICTIM), 20)
    assert world.standing() == 3, "the moved one, and two more"
    return world.count(201), world.count(201)


def moving_at_once(world: World) -> tuple[int, int]:
    """One handle replaced by many at once: one of them takes its place."""
    old = world.start(_VICTIM, start_time=_slots(world)[0])
    world.many(lambda n: _replace(world, old), 60)
    return 2, 2


def moving_to_other_numbers(world: World) -> tuple[int, int]:
    """Each of them counts for its own number, of which every one has its rings used up."""
    others = [f"1416555{2000 + n}" for n in range(5)]
    for other in others:
        for _ in range(4):
            world.start(other)
    old = world.start(_VICTIM, start_time=_slots(world)[0])
    world.many(lambda n: _replace(world, old, number=others[n % len(others)]), 40)
    return 16, 16


def moving_to_now(world: World) -> tuple[int, int]:
    """One that is on its way hands no ring over; the fourth is refused."""
    current = world.start(_VICTIM, start_time=_slots(world)[0])
    for _ in range(world.times(20)):
        moved = _replace(world, current)
        current = moved if moved.status == 201 else current
    return 2, 4


def _slots(world: World) -> list[str]:
    return [each["start_time"] for each in world.replicas[0].get(_SLOTS).json()["slots"]]


def _replace(world: World, old: Reply, number: str = _VICTIM, **body: str) -> Reply:
    return world.start(number, replaces=old.body.get("id", ""), **body)
