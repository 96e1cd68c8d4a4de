"""What an attack is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from tests.attack.neighbours import Neighbour
from tests.attack.world import World
from tests.running import Simulator

#: The machine itself plays the ingress: what it says in X-Forwarded-For is believed.
BEHIND_PROXY = {"TRUSTED_PROXIES": "127.0.0.1,::1"}


def _nothing(_: Simulator) -> AbstractContextManager[Neighbour]:
    return nullcontext(Neighbour())


@dataclass(frozen=True)
class Attack:
    """An attack, the settings it is against, and the worlds it makes sense in.

    `run` returns how many phones should have rung, at the least and at the most. `neighbour` runs
    what stands beside the gateway. `in_one_process`: it is about what a process does by itself, so
    that one world is enough.
    """

    name: str
    run: Callable[[World], tuple[int, int]]
    settings: dict[str, str] = field(default_factory=dict)
    needs_store: bool = False
    in_one_process: bool = False
    neighbour: Callable[[Simulator], AbstractContextManager[Neighbour]] = _nothing


def number(n: int) -> str:
    """Return one of many numbers, none of them one of the simulator's test numbers."""
    return f"1416{500 + n // 9000:03d}{1000 + n % 9000:04d}"
