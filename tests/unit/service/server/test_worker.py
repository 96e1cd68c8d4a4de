"""Signals to a worker, at moments that cannot be met from without."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.server.worker import GatewayWorker


class PoolAskedTwice(ThreadPoolExecutor):
    """A pool that is told to stop by another signal, while it stops."""

    stops = 0

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.stops += 1
        signal.raise_signal(signal.SIGQUIT)
        super().shutdown(wait, cancel_futures=cancel_futures)


class Config:
    """As much of gunicorn's as a worker asks for when it ends."""

    def worker_int(self, worker: GatewayWorker) -> None:
        pass


@pytest.fixture
def as_they_were() -> Iterator[None]:
    quick = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.getsignal(each) for each in quick]
    yield
    for each, handler in zip(quick, before, strict=True):
        signal.signal(each, handler)


@pytest.mark.usefixtures("as_they_were")
def test_ctrl_c_is_followed_by_the_arbiters_quit_which_is_passed_over() -> None:
    worker = GatewayWorker.__new__(GatewayWorker)
    worker.tpool, worker.cfg, worker.alive = PoolAskedTwice(), Config(), True
    for each in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(each, worker.handle_quit)
    with pytest.raises(SystemExit) as ended:
        signal.raise_signal(signal.SIGINT)
    assert ended.value.code == 0
    assert not worker.alive
    assert worker.tpool.stops == 1
