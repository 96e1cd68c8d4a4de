"""What an attack is: it ends with how many phones should have rung, at the least and the most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.attack.world import World


@dataclass(frozen=True)
class Attack:
    """An attack, the settings it is against, and the worlds it makes sense in."""

    name: str
    run: Callable[[World], tuple[int, int]]
    settings: dict[str, str] = field(default_factory=dict)
    needs_store: bool = False


def number(n: int) -> str:
    """Return one of many numbers, none of them one of the simulator's test numbers."""
    return f"1416{500 + n // 9000:03d}{1000 + n % 9000:04d}"
