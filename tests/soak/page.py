"""docs/soak.md: what a run did, what came of it, in tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.soak.samples import PARTS, Samples

#: What must be 0, and why.
FAULTS = {
    "rung too often": "calls in Fonolo's journal beyond what was wished for",
    "lost": "starts answered 201 that are not in the journal",
    "no answer": "starts whose connection broke",
    "not cancelled": "cancels answered 204 whose call stands",
    "internal errors": "answers with status 500",
    "workers that died": "",
    "store away": "how often a gateway took its healthy Redis for one that is away",
}
#: Per cent by which a worker may have grown since it was warm.
GROWTH = 2.0


def page(
    intro: str,
    answers: dict[str, Counter[int]],
    counted: dict[str, int],
    samples: list[Samples],
    faults: Counter[str],
) -> str:
    """Return the page."""
    statuses = sorted({status for each in answers.values() for status in each})
    heads = [str(status) if status else "none" for status in statuses]
    asked = _table(
        ["asked for", *heads],
        ([what, *(each[status] or "" for status in statuses)] for what, each in answers.items()),
    )
    starts = _table(
        ["wishes", "placed", "outcome unknown", "refused"],
        [[counted[name] for name in ("wishes", "placed", "unknown", "refused")]],
    )
    wrong = _table(
        ["what must not be", "", "found"],
        ([name, why, counted[name]] for name, why in FAULTS.items()),
    )
    memory = _table(
        ["worker", *(f"{n + 1}/{PARTS}" for n in range(PARTS)), "growth, %"],
        (
            [n + 1, *(f"{part:.1f}" for part in s.parts), f"{s.growth:+.2f}"]
            for n, s in enumerate(samples)
        ),
    )
    made = ", ".join(f"{count} {mode}" for mode, count in faults.most_common())
    return f"""# Soak

Written by `make soak`; edit `tests/soak/` instead.

{intro}

## Starts against Fonolo's journal

A wish is one call-back that somebody wants, however often it is asked for (double clicks, tries
with the same key). It is *placed* where it was answered 201: it must be in the journal exactly
once. *Outcome unknown* (504): once at the most. *Refused*: not at all.

{starts}

{wrong}

## Memory

Resident memory of each worker in MiB, the median of each eighth of the run. The first quarter is
warming up; growth is that from the third eighth to the last. Wanted: under {GROWTH:.0f} %.

{memory}

## Answers by status

{asked}

Faults of the simulator meanwhile, one at a time, for some of the requests each: {made}.
"""


def _table(heads: list[str], rows: Iterable[list[object]]) -> str:
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
