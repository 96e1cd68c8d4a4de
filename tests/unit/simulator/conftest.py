"""One simulator for each test, at the document's own moment."""

from __future__ import annotations

import pytest

from tests.unit.simulator.bench import Bench, make_bench


@pytest.fixture
def bench() -> Bench:
    return make_bench()
