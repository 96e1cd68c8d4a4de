"""Fixtures of the contract tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.calling import World
from tests.running import Simulator


@pytest.fixture(scope="module")
def _world(module_simulator: Simulator) -> World:
    return World(module_simulator)


@pytest.fixture
def world(_world: World) -> Iterator[World]:
    """The simulator and what can be built over it; its faults end with the test."""
    yield _world
    _world.simulator.heal()
