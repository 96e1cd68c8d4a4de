"""The shorter form of `make attack`: a tenth of the load, two replicas over one store."""

from __future__ import annotations

import pytest

from tests.attack.__main__ import run
from tests.attack.attack import Attack
from tests.attack.attacks import ATTACKS, COUNTING, FAILOVER
from tests.running import Simulator

_SHORT = {
    "rotation inside an IPv6 /64",
    "premium and foreign numbers",
    "forged, expired and swapped tokens",
    "a token replayed",
    "50 parallel double clicks",
    "every fault amid a start",
    "SIGTERM under load",
    "SIGKILL under load",
    "10,000 malformed bodies",
    "600 invented slots under step_up",
    "one caller's unreadable numbers",
    "one call's status cannot be read",
    "cancel and status refused",
}


@pytest.mark.parametrize(
    "attack", [each for each in ATTACKS if each.name in _SHORT], ids=lambda attack: attack.name
)
def test_as_many_phones_ring_as_should(attack: Attack, simulator: Simulator) -> None:
    assert run(attack, simulator, replicas=2, shared=True, scale=0.1)


@pytest.mark.parametrize("shape", ["cluster", "plain url", "sentinel"])
def test_over_every_shape_of_store_double_clicks_ring_once(
    shape: str, simulator: Simulator
) -> None:
    assert run(COUNTING[-1], simulator, replicas=2, shared=True, scale=0.2, shape=shape)


def test_while_the_primary_fails_over_no_key_rings_twice(simulator: Simulator) -> None:
    assert run(FAILOVER, simulator, replicas=2, shared=True, scale=0.25, shape="failover")
