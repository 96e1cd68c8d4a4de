"""The bytes of a connection, which a thread asks about while the loop takes in more."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from service.server.inbox import Inbox

FED = 20_000


@pytest.fixture(autouse=True)
def threads_that_take_turns_all_the_time() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_whoever_asks_for_its_length_never_keeps_it_from_being_fed() -> None:
    inbox, ended = Inbox(), threading.Event()

    def ask() -> None:
        while not ended.is_set():
            len(inbox)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(FED):
            inbox.feed(b"x")
    finally:
        ended.set()
        asking.join()
    assert len(inbox) == FED
