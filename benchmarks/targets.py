"""The targets that were set before measuring, each a named pair, and what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field

from benchmarks import loads
from benchmarks.measure import Failed, Point, Results, Sample, Spread, ratio
from benchmarks.memory import REQUESTS, Weights
from benchmarks.plan import DELAY, ECHO, HELLO, WAITING
from benchmarks.tables import Table, show, spread

START = Point("memory", loads.start())
FORM = Point("memory", loads.form())


@dataclass
class Findings:
    """All that a run found; a part that was not measured is empty."""

    results: Results = field(default_factory=dict)
    trips: Mapping[str, int] = field(default_factory=dict)
    ready: Mapping[str, Spread] = field(default_factory=dict)  # seconds, by contender
    weights: Mapping[str, Weights | Failed] = field(default_factory=dict)
    cold: Spread | None = None  # milliseconds of a form whose parts are not kept
    million: float | None = None  # KiB in Redis of a million starts in the global window


@dataclass(frozen=True)
class Target:
    """`most` (or `least`) is the bound; `found` what was measured, None where it was not.

    `pair` are the point and its reference, where CPU is compared.
    """

    title: str
    found: Spread | Failed | None
    most: float | None = None
    least: float | None = None
    pair: tuple[Point, Point] | None = None

    @property
    def met(self) -> bool | None:
        if not isinstance(self.found, Spread):
            return None
        above = self.least is None or self.found.median >= self.least
        return above and (self.most is None or self.found.median <= self.most)

    def row(self) -> list[str]:
        bound = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"
        found = show(self.found) if isinstance(self.found, Spread) else str(self.found or "")
        verdict = {True: "met", False: "**not met**", None: "not measured"}[self.met]
        return [self.title, bound, found, verdict]


def targets(found: Findings) -> list[Target]:
    """Hold the findings against what was wanted."""
    return [*_starts(found), *_reads(found), *_flat(found), *_once(found)]


def table(found: Findings) -> Table:
    """Show every target; the first column says both sides of the pair."""
    return Table(
        ["target (pairs: CPU a request)", "wanted", "measured", ""],
        [each.row() for each in targets(found)],
    )


def _starts(found: Findings) -> list[Target]:
    redis = Point("redis", loads.start())
    equals = {"Express": "express-equal", "FastAPI": "fastapi-equal"}
    bounds = {"Express": 2.0, "FastAPI": 0.5}
    waits = Point("memory", loads.start(connections=WAITING[0], delay=DELAY))
    share = _spread(found, waits, _share)
    late = _spread(found, waits, lambda each: each.p99 - DELAY)
    fleeting = Point("fleeting", loads.start(connections=WAITING[1], delay=DELAY))
    refreshed = _spread(found, fleeting, lambda each: each.p99 - DELAY)
    what = f"start, {WAITING[0]} waiting for {DELAY} ms"
    return [
        _paired(found, "start, in memory : bare Flask's JSON echo", START, ECHO, 2.2),
        _paired(found, "start, Redis : bare Flask's JSON echo", redis, ECHO, 3.2),
        *(
            _paired(
                found,
                f"start, in memory : {title} that does the same",
                START,
                Point(name, loads.start()),
                bounds[title],
            )
            for title, name in equals.items()
        ),
        Target("two workers, Redis, a core each : one", _two_workers(found), least=1.7),
        Target(f"{what}: of the rate that upstream and one core allow", share, least=0.95),
        Target(f"{what}: p99 beyond upstream, ms", late, 50),
        Target(f"the same, {WAITING[1]}, the profile running out each second, ms", refreshed, 30),
        Target(f"ms for a form whose three calls take {DELAY} ms each", found.cold, 130),
    ]


def _two_workers(found: Findings) -> Spread | Failed | None:
    """Return how much more two workers do on two cores, by the CPU that a start takes of each."""
    two, one = Point("two", loads.start()), Point("redis", loads.start())
    if two not in found.results or one not in found.results:
        return None
    times = ratio(found.results, one, two)
    return Spread.of(2 * each for each in astuple(times)) if isinstance(times, Spread) else times


def _share(sample: Sample) -> float:
    """Return the part reached of the rate that upstream's delay, or else the core, allows."""
    return sample.rate / min(WAITING[0] / DELAY * 1000, 1000 / sample.cpu)


def _reads(found: Findings) -> list[Target]:
    unchanged = next((each for each in found.results if each.load.title == "304"), FORM)
    named = [
        ("form from cache", FORM, 1.15),
        ("slots from cache", Point("memory", loads.SLOTS), 1.15),
        ("304", unchanged, 1.15),
        ("429", Point("strict", loads.LIMITED), 1.15),
        ("422", Point("memory", loads.REFUSED), 2.0),
    ]
    status = next((each for each in found.results if is_status(each)), FORM)
    return [
        *(
            _paired(found, f"{title} : bare Flask's hello", point, HELLO, most)
            for title, point, most in named
        ),
        _paired(found, "status read, upstream at once : JSON echo", status, ECHO, 1.6),
    ]


def is_status(point: Point) -> bool:
    """Tell whether it is the gateway in memory that reads statuses."""
    return point.contender == "memory" and point.load.title == "status"


def _flat(found: Findings) -> list[Target]:
    pairs = [
        ("200 questions : 1", "memory", "q200", "q1"),
        ("1,000 profiles in use : 1", "many", "p{n%1000}", "p{n%1}"),
    ]
    return [
        _paired(
            found,
            f"start, {title}",
            Point(name, loads.start(most)),
            Point(name, loads.start(least)),
            1.2,
        )
        for title, name, most, least in pairs
    ]


def _once(found: Findings) -> list[Target]:
    trips = {name: Spread.of([count]) for name, count in found.trips.items()}
    last = _weight(found, "memory", lambda each: each.last)
    growth = _weight(found, "brief", lambda each: 100 * each.growth)
    million = None if found.million is None else Spread.of([found.million])
    return [
        Target("round trips to Redis, form", trips.get("form"), 1),
        Target("round trips to Redis, slots", trips.get("slots"), 1),
        Target("round trips to Redis, start with a key", trips.get("start"), 3),
        Target("KiB in Redis, a million starts an hour in the global window", million, 1024),
        Target("seconds from exec to the first 200 of /readyz", found.ready.get("memory"), 0.4),
        Target(f"MiB of the worker after {REQUESTS:,} requests", last, 95),
        Target("its growth over the second half, all let go within a minute, %", growth, 5),
    ]


def _weight(found: Findings, name: str, read: Callable[[Weights], float]) -> Spread | Failed | None:
    weights = found.weights.get(name)
    return Spread.of([read(weights)]) if isinstance(weights, Weights) else weights


def _paired(found: Findings, title: str, point: Point, reference: Point, most: float) -> Target:
    """Compare CPU a request."""
    measured = point in found.results and reference in found.results
    times = ratio(found.results, point, reference) if measured else None
    return Target(title, times, most, pair=(point, reference))


def _spread(
    found: Findings, point: Point, read: Callable[[Sample], float]
) -> Spread | Failed | None:
    samples = found.results.get(point)
    if samples is None or isinstance(samples, Failed):
        return samples
    return spread(samples, read)
