"""The resident memory of the gateways' workers, over time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from tests.attack.world import resident
from tests.running import Gateway

#: Samples of a run, and parts of it that a figure is the median of.
_SAMPLES, PARTS = 400, 8
#: The first part after a worker is warm.
_WARM = 2


@dataclass
class Samples:
    """A worker's resident memory in MiB, sampled evenly over the run.

    The first quarter of a run is warming up: caches fill, code is met for the first time.
    """

    worker: int
    mib: list[float] = field(default_factory=list)

    @property
    def parts(self) -> list[float]:
        """The median of each part of the run."""
        ends = [n * len(self.mib) // PARTS for n in range(PARTS + 1)]
        return [median(self.mib[begin : max(1, end)]) for begin, end in pairwise(ends)]

    @property
    def growth(self) -> float:
        """The last part against the first one warm, in per cent."""
        return 100 * (self.parts[-1] / self.parts[_WARM] - 1)


def sample(replicas: list[Gateway], seconds: float, stop: threading.Event) -> list[Samples]:
    """Sample all workers until `stop` is set, some 400 times in `seconds`."""
    samples = [Samples(worker) for each in replicas for worker in each.process.children()]
    while not stop.wait(seconds / _SAMPLES):
        for each in samples:
            each.mib.append(resident(each.worker) / 2**20)
    return samples
