"""Calls at Fonolo: who reads the same one within a second shares one answer, of one client."""

from __future__ import annotations

from collections import Counter
from typing import cast

import pytest

from service.callbacks.ports import Progress
from service.connections import STATUS_TTL
from service.errors import UpstreamRefused
from service.fonolo import FonoloClient, Refused, models
from service.upstream.adapter import FonoloCallService
from service.upstream.bulkhead import Bulkhead
from service.upstream.cache import Cache
from service.upstream.circuit_breakers import CircuitBreakers
from tests.unit.service.fakes import Clock

CALL, ANOTHER = "CC" + "0" * 32, "CC" + "1" * 32


class Client:
    """A Fonolo client that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.refuses_to_cancel = False

    def status(self, sid: str, within: float | None) -> models.CallStatus:
        self.asked[sid] += 1
        return models.CallStatus(sid, f"reading {self.asked[sid]}", None, 0)

    def cancel(self, sid: str, within: float | None) -> None:
        if self.refuses_to_cancel:
            raise Refused("cancel", "no", 400)


class World:
    def __init__(self) -> None:
        self.client, self.clock = Client(), Clock()
        client = cast(FonoloClient, self.client)
        self.calls = FonoloCallService(
            client,
            CircuitBreakers(client),
            start_bulkhead=Bulkhead(1),
            read_bulkhead=Bulkhead(1),
            progress=Cache[Progress](STATUS_TTL, clock=self.clock),
        )

    def read(self, sid: str = CALL) -> str:
        return self.calls.progress(sid).status


@pytest.fixture
def world() -> World:
    return World()


def test_within_a_second_one_answer_serves_all_who_read_the_same_call(world: World) -> None:
    assert [world.read(), world.read(), world.read(ANOTHER)] == ["reading 1"] * 3
    world.clock.pass_(0.99)
    assert world.read() == "reading 1"
    assert world.client.asked == {CALL: 1, ANOTHER: 1}


def test_after_a_second_fonolo_is_asked_anew(world: World) -> None:
    world.read()
    world.clock.pass_(1.01)
    assert world.read() == "reading 2"


@pytest.mark.parametrize("is_refused", [False, True])
def test_after_a_cancel_fonolo_is_asked_anew(world: World, is_refused: bool) -> None:
    world.read()
    world.client.refuses_to_cancel = is_refused
    if is_refused:
        with pytest.raises(UpstreamRefused):
            world.calls.cancel(CALL)
    else:
        world.calls.cancel(CALL)
    assert world.read() == "reading 2"
