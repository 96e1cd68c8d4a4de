"""Circuit breakers before a Fonolo client: endpoints apart, and a probe on a new connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from service import fonolo
from service.errors import UpstreamTimeout, UpstreamUnreachable
from service.upstream.circuit_breaker import FAILURES, PAUSE
from service.upstream.circuit_breakers import CircuitBreakers
from tests.unit.service.fakes import CALL_SID, PROFILE_SID, Clock


class ClosableClient:
    """A client of which nothing is asked but to close its idle connections."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


class World:
    def __init__(self) -> None:
        self.client = ClosableClient()
        self.clock = Clock()
        self.changes: list[tuple[str, bool]] = []
        self.breakers = CircuitBreakers(
            self.client,  # type: ignore[arg-type]
            on_change=lambda kind, is_open: self.changes.append((kind, is_open)),
            clock=self.clock,
        )
        self.calls: dict[str, Any] = {
            "start": lambda: self.breakers.start("a client"),
            "status": lambda: self.breakers.read("status", CALL_SID),
            "cancel": lambda: self.breakers.read("cancel", CALL_SID),
            "profile": lambda: self.breakers.read("profile", PROFILE_SID),
            "slots": lambda: self.breakers.read("slots", PROFILE_SID),
        }

    def fail(self, name: str, error: fonolo.FonoloError) -> None:
        for _ in range(FAILURES):
            with pytest.raises((UpstreamTimeout, UpstreamUnreachable)), self.calls[name]():
                raise error


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(UpstreamUnreachable, match="circuit is open"):
        yield


NAMES = list(World().calls)


@pytest.mark.parametrize("failing", NAMES)
@pytest.mark.parametrize("kind", [fonolo.TimedOut, fonolo.Unreachable])
def test_where_one_endpoint_fails_the_others_are_asked(
    failing: str, kind: type[fonolo.FonoloError]
) -> None:
    world = World()
    world.fail(failing, kind(failing, "gone"))
    for name in NAMES:
        if name == failing:
            with refused(), world.calls[name]():
                pass
        else:
            with world.calls[name]():
                pass


def test_a_probe_opens_a_new_connection() -> None:
    world = World()
    with world.calls["start"]():
        assert world.client.closed == 0
    world.fail("start", fonolo.TimedOut("callback", "no answer"))
    world.clock.pass_(PAUSE)
    with world.calls["start"]():
        assert world.client.closed == 1
    with world.calls["start"]():
        assert world.client.closed == 1


def test_starts_and_reads_are_told_apart_and_reads_are_open_while_any_is() -> None:
    world = World()
    for name in ("status", "profile", "start"):
        world.fail(name, fonolo.Unreachable(name, "gone"))
    assert world.changes == [("reads", True), ("reads", True), ("starts", True)]
