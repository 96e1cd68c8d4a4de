"""Fixtures shared by all tests: one simulator and one gateway a module, on free ports."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import running

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="module")
def module_simulator() -> Iterator[running.Simulator]:
    """A simulator at the document's own moment, fast enough to watch calls end."""
    with running.simulator("--now", running.DOCUMENT_NOW, "--speed", "200") as simulator:
        yield simulator


@pytest.fixture
def simulator(module_simulator: running.Simulator) -> Iterator[running.Simulator]:
    yield module_simulator
    module_simulator.heal()


@pytest.fixture(scope="module")
def gateway(module_simulator: running.Simulator) -> Iterator[running.Gateway]:
    with running.gateway(module_simulator) as gateway:
        yield gateway
