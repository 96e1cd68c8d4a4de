"""Results as tables: plain rows of text, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.lineup import Contender
from benchmarks.measure import Failed, Point, Results, Sample, Spread, ratio
from benchmarks.plan import Group


@dataclass(frozen=True)
class Table:
    """`rows` has as many texts a row as `columns`."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        rule = ["---", *("---:" for _ in self.columns[1:])]
        lines = [self.columns, rule, *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def compared(group: Group, results: Results, names: dict[str, Contender]) -> Table:
    """Show each point's CPU beside the reference's, then what it did in absolute figures."""
    columns = ["", "CPU a request", "ms CPU", "requests/s", "p50 ms", "p99 ms"]
    return Table(columns, [_row(point, group.points[0], results, names) for point in group.points])


def _row(
    point: Point, reference: Point, results: Results, names: dict[str, Contender]
) -> list[str]:
    load = point.load
    title = f"{names[point.contender].title}: {load.title}, {load.connections} at a time"
    times, samples = ratio(results, point, reference), results[point]
    if isinstance(samples, Failed):
        return [title, f"FAILED: {samples}", "", "", "", ""]
    figures = [spread(samples, read) for read in (_cpu, _rate, _p50, _p99)]
    shown = str(times) if isinstance(times, Failed) else f"{show(times)} x"
    return [title, shown, *(show(each) for each in figures)]


def swept(measured: Sequence[tuple[Group, Results]]) -> list[Table]:
    """Show CPU a request beside the first column's, one table for each thing that is varied."""
    tables: dict[str, tuple[list[str], list[list[str]]]] = {}
    for group, results in measured:
        row, _, varied = group.name.partition(", ")
        cells = [ratio(results, point, group.points[0]) for point in group.points]
        shown = [f"FAILED: {each}" if isinstance(each, Failed) else show(each) for each in cells]
        _, rows = tables.setdefault(varied, ([varied, *group.columns], []))
        rows.append([row, *shown])
    return [Table(*each) for each in tables.values()]


def spread(samples: Sequence[Sample], read: Callable[[Sample], float]) -> Spread:
    """Take one figure of every round."""
    return Spread.of(map(read, samples))


def show(each: Spread) -> str:
    """Write a median and its spread: three digits that count."""
    return f"{_number(each.median)} ({_number(each.least)} to {_number(each.most)})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _cpu(sample: Sample) -> float:
    return sample.cpu


def _rate(sample: Sample) -> float:
    return sample.rate


def _p50(sample: Sample) -> float:
    return sample.p50


def _p99(sample: Sample) -> float:
    return sample.p99
