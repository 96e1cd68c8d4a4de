"""The resident memory of the gateways' workers, over time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from statistics import median

from tests.attack.world import resident
from tests.running import Gateway

#: Samples of a run, and parts of it that a figure is the median of.
_SAMPLES, _PARTS = 400, 8


@dataclass
class Samples:
    """A worker's resident memory in MiB, sampled evenly over the run.

    The first quarter of a run is warming up: caches fill, code is met for the first time.
    """

    worker: int
    mib: list[float] = field(default_factory=list)

    @property
    def warm(self) -> float:
        """The median of the eighth of the run after warming up."""
        return self._part(2)

    @property
    def end(self) -> float:
        """The median of the last eighth."""
        return self._part(_PARTS - 1)

    @property
    def growth(self) -> float:
        """The end against warm, in per cent."""
        return 100 * (self.end / self.warm - 1)

    def _part(self, n: int) -> float:
        length = len(self.mib)
        return median(self.mib[n * length // _PARTS : max(1, (n + 1) * length // _PARTS)])


def sample(replicas: list[Gateway], seconds: float, stop: threading.Event) -> list[Samples]:
    """Sample all workers until `stop` is set, some 400 times in `seconds`."""
    samples = [Samples(worker) for each in replicas for worker in each.process.children()]
    while not stop.wait(seconds / _SAMPLES):
        for each in samples:
            each.mib.append(resident(each.worker) / 2**20)
    return samples
