"""One measurement, and rounds of them: side by side, in turn, so that noise falls on all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.loads import Load, send
from benchmarks.processes import Tree
from benchmarks.surroundings import Surroundings

#: What the gateway logs when it falls back to its own memory.
_STORE_AWAY = b"store away"

#: A tree rests when no thread runs, and so many seconds of CPU at most passed in so many seconds.
_IDLE, _QUIET, _RESTS_WITHIN = 0.01, 0.1, 10.0


class Failed(Exception):
    """A contender did not do what was asked: there is no number."""


@dataclass(frozen=True)
class Sample:
    """One run: milliseconds of CPU a request of the whole tree, requests a second, latencies."""

    cpu: float
    rate: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Point:
    """A contender under a load."""

    contender: str
    load: Load


@dataclass(frozen=True)
class Spread:
    """A median with the least and the greatest of the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        found = sorted(values)
        return cls(statistics.median(found), found[0], found[-1])


#: The samples of each point, one a round; or why there are none.
Results = dict[Point, "list[Sample] | Failed"]


def measure(tree: Tree, load: Load, around: Surroundings, seconds: int) -> Sample:
    """Load a tree for that many seconds; raise `Failed` where an answer is not the expected one.

    wrk hangs up in the middle of its last requests. The tree works them off all the same, so its
    CPU is read when it rests, and divided by the requests sent.
    """
    around.delay(load.delay)
    if load.delay:  # a form is fetched by three calls in turn, once a minute: not once a round
        send(load, tree.origin, 1)
    cpu = _rested(tree, load)
    logged, starts = tree.log.stat().st_size, around.starts()
    found = send(load, tree.origin, seconds)
    cpu, starts = _rested(tree, load) - cpu, around.starts() - starts
    if found.bad or found.broken or not found.good:
        raise Failed(
            f"{found.bad} of {found.good + found.bad} answers were not of {load.expect} "
            f"(the first: {found.first_bad or 'none'}), {found.broken} broke off"
        )
    if load.expect == (201,) and not found.good <= starts <= found.sent:
        raise Failed(f"{found.sent} sent, {found.good} of 201, but {starts} starts upstream")
    with tree.log.open("rb") as log:
        log.seek(logged)
        if _STORE_AWAY in log.read():
            raise Failed("the store was given up meanwhile")
    return Sample(1000 * cpu / found.sent, found.good / found.seconds, found.p50, found.p99)


def _rested(tree: Tree, load: Load) -> float:
    """Return the tree's seconds of CPU once it has worked off what it was sent."""
    ends = time.monotonic() + _RESTS_WITHIN
    before, now = -1.0, tree.cpu()
    while (tree.runs() or now - before > _IDLE) and time.monotonic() < ends:
        time.sleep(_QUIET + load.delay / 1000)
        before, now = now, tree.cpu()
    return now


def rounds(
    points: Sequence[Point],
    trees: Mapping[str, Tree],
    around: Surroundings,
    *,
    count: int,
    seconds: int,
) -> Results:
    """Measure every point once a round, after a second of warming up; each round the other way."""
    results: Results = {point: [] for point in points}
    for number in range(-1, count):
        for point in points if number % 2 else reversed(points):
            samples = results[point]
            if isinstance(samples, Failed):
                continue
            try:
                tree, warming = trees[point.contender], number < 0
                sample = _twice(tree, point.load, around, 1 if warming else seconds)
                samples += [] if warming else [sample]
            except Failed as failure:
                results[point] = failure
    return results


def _twice(tree: Tree, load: Load, around: Surroundings, seconds: int) -> Sample:
    """Measure; where that fails, once more after a pause: a second failure stands."""
    try:
        return measure(tree, load, around, seconds)
    except Failed:
        time.sleep(2)
        return measure(tree, load, around, seconds)


def ratio(results: Results, point: Point, reference: Point) -> Spread | Failed:
    """Compare CPU a request, round by round."""
    mine, theirs = results[point], results[reference]
    if isinstance(mine, Failed):
        return mine
    if isinstance(theirs, Failed):
        return theirs
    return Spread.of(a.cpu / b.cpu for a, b in zip(mine, theirs, strict=True))
