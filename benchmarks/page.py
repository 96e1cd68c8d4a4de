"""docs/performance.md and its picture, from a run's findings; page.md is the text around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from string import Template

from benchmarks import loads, machine, plot, targets
from benchmarks.lineup import contenders
from benchmarks.measure import Failed, Point, Results, Spread, ratio
from benchmarks.memory import Weights
from benchmarks.plan import ECHO, HELLO, Group
from benchmarks.session import Measured, Pace
from benchmarks.tables import Table, compared, show, swept
from benchmarks.targets import Findings, Target

_DOCS = Path(__file__).parent.parent / "docs"
#: How often a widget reads the status of a call-back: for two minutes, every two seconds.
POLLS = 60
_TEMPLATE = Path(__file__).with_name("page.md")


def write(found: Findings, measured: Measured, pace: Pace) -> None:
    """Write the page and its picture."""
    by_name = {group.name: (group, results) for group, results in measured}
    names = contenders()
    sections = {
        name: compared(*by_name[name], names).markdown()
        for name in ("start", "reads", "status", "waiting", "refresh", "mix")
    }
    sweeps = swept([each for each in measured if each[0].columns])
    text = Template(_TEMPLATE.read_text()).substitute(
        sections,
        **_capacity(found),
        headline=_headline(found),
        targets=targets.table(found).markdown(),
        rounds=pace.rounds,
        seconds=pace.seconds,
        machine=machine.description(),
        load_average=f"{machine.load():.1f}",
        sweeps="\n\n".join(table.markdown() for table in sweeps),
        trips=_trips(found).markdown(),
        ready=_ready(found.ready).markdown(),
        memory=_memory(found.weights),
    )
    (_DOCS / "performance.md").write_text(text)
    every = targets.targets(found)
    panels = [
        _panel(*by_name["start"], "Start, upstream at 0 ms: CPU beside a JSON echo", every),
        _panel(*by_name["reads"], "From cache, and refusals: CPU beside hello", every),
    ]
    (_DOCS / "images" / "performance.svg").write_text(plot.draw(panels))


def _capacity(found: Findings) -> dict[str, str]:
    """Return the figures of what a pod carries, out of the CPU that each request takes."""
    form, slots, start, shared = (
        _cpu(found, Point(name, load))
        for name, load in (
            ("memory", loads.form()),
            ("memory", loads.SLOTS),
            ("memory", loads.start()),
            ("redis", loads.start()),
        )
    )
    poll = next(
        (_cpu(found, each) for each in found.results if targets.is_status(each)), float("nan")
    )
    call_back = form + slots + 2 * start + POLLS * poll  # a check costs about as much as a start
    return {
        "polls": f"{POLLS}",
        "call_back": f"{call_back:.0f}",
        "watching": f"{100 * POLLS * poll / call_back:.0f}",
        "hourly": f"{_round(3_600_000 / call_back / 4):,}",
        "redis": f"{shared / start:.1f}",
    }


def _cpu(found: Findings, point: Point) -> float:
    """Return the median milliseconds of CPU a request; NaN where it was not measured."""
    samples = found.results.get(point)
    return median(each.cpu for each in samples) if isinstance(samples, list) else float("nan")


def _round(count: float) -> int:
    """Leave two digits that count."""
    unit = 10 ** max(0, len(str(int(count))) - 2)
    return int(count / unit) * unit


def _headline(found: Findings) -> str:
    """Say in ratios what it comes to."""
    every = targets.targets(found)
    met = sum(each.met is True for each in every)
    start, form = (_times(every, *pair) for pair in ((targets.START, ECHO), (targets.FORM, HELLO)))
    return (
        f"A start costs {start} the CPU of bare Flask echoing JSON, a form from the cache {form} "
        f"that of a bare hello. {met} of {len(every)} targets are met."
    )


def _times(every: Sequence[Target], point: Point, reference: Point) -> str:
    found = next(each.found for each in every if each.pair == (point, reference))
    return f"{found.median:.2f} times" if isinstance(found, Spread) else f"({found})"


def _panel(group: Group, results: Results, title: str, every: Sequence[Target]) -> plot.Panel:
    bounds = {each.pair: each.most for each in reversed(every)}  # of two, the first set counts
    names, bars = contenders(), []
    for point in group.points:
        value = ratio(results, point, group.points[0])
        if isinstance(value, Spread):
            who = names[point.contender].title
            bound = bounds.get((point, group.points[0]))
            ours = who.startswith("callback-gateway")
            bars.append(plot.Bar(f"{who}: {point.load.title}", value, ours, bound))
    return plot.Panel(title, bars)


def _trips(found: Findings) -> Table:
    return Table(["", *found.trips], [["round trips", *map(str, found.trips.values())]])


def _ready(ready: Mapping[str, Spread]) -> Table:
    names = contenders()
    floor = ready["flask"].median
    rows = [
        [names[name].title, f"{took.median / floor:.2f} x", show(took)]
        for name, took in ready.items()
    ]
    return Table(["", "beside bare Flask", "seconds"], rows)


def _memory(weights: Mapping[str, Weights | Failed]) -> str:
    tables = [_growth(contenders()[name].title, each) for name, each in weights.items()]
    return "\n\n".join(tables)


def _growth(title: str, weights: Weights | Failed) -> str:
    if isinstance(weights, Failed):
        return f"{title}: FAILED: {weights}"
    steps = list(weights.by_requests.items())
    shown = [*steps[: -1 : max(1, len(steps) // 7)], steps[-1]]
    columns = [f"{title}: requests", *(f"{done:,}" for done, _ in shown)]
    return Table(columns, [["MiB", *(f"{mib:.1f}" for _, mib in shown)]]).markdown()
