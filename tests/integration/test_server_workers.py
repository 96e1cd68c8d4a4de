"""Workers that end: their counts stay, their files do not, and the machine's limits are used."""

from __future__ import annotations

import os
import resource
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import running
from tests.running import Gateway, Simulator, poll
from tests.scraping import value

HEALTH = "/healthz"


@pytest.fixture
def counting(module_simulator: Simulator) -> Iterator[Gateway]:
    with running.gateway(module_simulator) as gateway:
        poll(lambda: gateway.process.children())
        yield gateway


def answered(gateway: Gateway) -> float:
    return value(gateway, "request_seconds_count", route=HEALTH, status="200") or 0


def test_a_worker_that_is_killed_leaves_its_counts_and_no_file(counting: Gateway) -> None:
    folder = counts_folder(counting)
    for round_ in range(1, 4):
        assert counting.get(HEALTH).status_code == 200
        (worker,) = counting.process.children()
        os.kill(worker, signal.SIGKILL)
        poll(lambda dead=worker: counting.process.children() not in ([], [dead]))
        poll(lambda n=round_: value(counting, "worker_starts_total") == n + 1)
        counting.session.close()
        (worker,) = counting.process.children()
        poll(lambda: len({owner(file) for file in folder.glob("*.db")}) <= 3)
        assert not list(folder.glob(f"*_{worker - 1}.db"))
        assert answered(counting) == round_
    owners = {owner(file) for file in folder.glob("*.db")}
    assert owners <= {str(counting.process.popen.pid), str(worker), "ended"}


def test_it_says_how_many_connections_it_can_have_and_what_a_restart_forgets(
    counting: Gateway,
) -> None:
    counting.process.wait_for('"each_worker": ?4096')
    counting.process.wait_for("a restart forgets keys, rings and duplicates")


def test_one_that_has_no_descriptors_left_goes_on(counting: Gateway) -> None:
    assert counting.get(HEALTH).status_code == 200
    (worker,) = counting.process.children()
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (100, 100))
    at = urlsplit(counting.origin)
    silent = [socket.create_connection((at.hostname, at.port)) for _ in range(200)]
    counting.session.close()
    try:
        poll(lambda: (value(counting, "connections_closed_total", reason="descriptors") or 0) > 50)
        assert counting.get(HEALTH).status_code == 200
        assert counting.process.children() == [worker]
    finally:
        for each in silent:
            each.close()


def counts_folder(gateway: Gateway) -> Path:
    """Return where the gateway's workers keep their counts."""
    (worker,) = gateway.process.children()

    def mapped() -> list[str]:
        lines = Path(f"/proc/{worker}/maps").read_text().splitlines()
        return [line.split()[-1] for line in lines if line.endswith(f"_{worker}.db")]

    return Path(poll(mapped)[0]).parent


def owner(file: Path) -> str:
    return file.stem.rpartition("_")[2]
