"""One whole run: contenders started, measured in groups, ended."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.request import urlopen

from benchmarks import conformance, plan
from benchmarks.lineup import contenders, other_pythons
from benchmarks.measure import Failed, Results, Spread, rounds
from benchmarks.memory import LEAKING, Weights, a_million_starts, weigh
from benchmarks.plan import DELAY, EQUALS, GATEWAYS, Group
from benchmarks.processes import Tree
from benchmarks.round_trips import round_trips
from benchmarks.surroundings import Surroundings, surroundings
from benchmarks.targets import Findings

#: Measured whatever is asked for: every comparison needs them.
ALWAYS = ("flask", "memory")
_STARTS = 5

#: Each group with its results.
Measured = Sequence[tuple[Group, Results]]


@dataclass(frozen=True)
class Pace:
    """Rounds of so many seconds; sweeps have fewer and shorter ones."""

    rounds: int = 5
    seconds: int = 2

    def of(self, group: Group) -> Pace:
        if group.columns:
            return Pace(min(self.rounds, 3), 1)
        return Pace(self.rounds, self.seconds * group.longer)


def run(what: str, pace: Pace, names: Sequence[str] = ()) -> tuple[Findings, Measured]:
    """Measure "start", "reads", "quick" (both) or "full"; of `names` only, where any is given."""
    chosen = {*ALWAYS, *(names or (*GATEWAYS, "strict"))}
    if what == "full":
        chosen |= {"two", *other_pythons(), "fleeting", "many"}
    with _around() as around:
        ready = _first_answers(around) if what == "full" else {}
        with _started(around, chosen) as trees:
            equals = {name: trees[name] for name in EQUALS if name in trees}
            conformance.check(trees["memory"], equals, around.starts)
            groups = _groups(what, trees)
            measured = [_measure(group, trees, around, pace.of(group)) for group in groups]
            trips = round_trips(trees["redis"], around.redis) if "redis" in trees else {}
            million = a_million_starts(around.redis)
        cold = _cold_form(around) if what == "full" else None
        weights = _weights(around) if what == "full" else {}
    merged: Results = {}
    for _, results in sorted(measured, key=lambda each: not each[0].columns):
        merged |= results  # a point that a sweep shares keeps its results of more rounds
    return Findings(merged, trips, ready, weights, cold, million), measured


def _groups(what: str, trees: Mapping[str, Tree]) -> list[Group]:
    found = [] if what == "reads" else [plan.starts()]
    found += [] if what == "start" else [plan.reads(trees), plan.statuses(trees)]
    if what == "full":
        plan.fill_cache(trees["many"])
        found += [plan.waiting(), plan.refreshes(), plan.mix(trees), *plan.sweeps()]
    return [
        replace(group, points=tuple(each for each in group.points if each.contender in trees))
        for group in found
    ]


def _measure(
    group: Group, trees: Mapping[str, Tree], around: Surroundings, pace: Pace
) -> tuple[Group, Results]:
    print(f"{group.name} ...", file=sys.stderr, flush=True)  # noqa: T201
    count, seconds = pace.rounds, pace.seconds
    return group, rounds(group.points, trees, around, count=count, seconds=seconds)


def _first_answers(around: Surroundings) -> dict[str, Spread]:
    """Start each contender alone, in turn; seconds from exec to the first 200."""
    print("first answers ...", file=sys.stderr, flush=True)  # noqa: T201
    everybody = contenders()
    took: dict[str, list[float]] = {name: [] for name in ("flask", *GATEWAYS)}
    for _ in range(_STARTS):
        for name, seconds in took.items():
            with around.start(everybody[name]) as tree:
                seconds.append(tree.ready_after)
    return {name: Spread.of(seconds) for name, seconds in took.items()}


def _cold_form(around: Surroundings) -> Spread:
    """Ask for a form whose three parts are not kept, upstream taking its time; milliseconds."""
    print("a cold form ...", file=sys.stderr, flush=True)  # noqa: T201
    took = []
    for _ in range(_STARTS):
        with around.start(contenders()["memory"]) as tree:
            around.delay(DELAY)
            began = time.monotonic()
            urlopen(f"{tree.origin}/v1/profiles/q50", timeout=30).close()  # noqa: S310
            took.append(1000 * (time.monotonic() - began))
            around.delay(0)
    return Spread.of(took)


def _weights(around: Surroundings) -> dict[str, Weights | Failed]:
    """Weigh the gateway as it is by default, and where all that is kept goes within a minute."""
    print("memory ...", file=sys.stderr, flush=True)  # noqa: T201
    found: dict[str, Weights | Failed] = {}
    for name, seconds in {"memory": 0, "brief": LEAKING}.items():
        with around.start(contenders()[name]) as tree:
            try:
                found[name] = weigh(tree, plan.mixed(tree), seconds)
            except Failed as failure:
                found[name] = failure
    return found


@contextmanager
def _around() -> Iterator[Surroundings]:
    with tempfile.TemporaryDirectory() as folder, surroundings(Path(folder)) as around:
        yield around


@contextmanager
def _started(around: Surroundings, names: set[str]) -> Iterator[dict[str, Tree]]:
    """Run contenders side by side; the idle ones wait while one is measured."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(around.start(each))
            for name, each in contenders().items()
            if name in names
        }
