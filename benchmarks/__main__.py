"""What the gateway costs beside the alternatives: `make bench` and `make bench-check`.

    python -m benchmarks full                 everything; writes docs/performance.md (25 minutes)
    python -m benchmarks quick                the main comparisons, printed (4 minutes)
    python -m benchmarks start [NAME...]      only starts, upstream at 0 ms
    python -m benchmarks reads [NAME...]      only form, slots, 304, 429 and a refused body
    python -m benchmarks check [--update]     instructions a request, against baseline.json

NAMEs pick contenders of lineup.py beside bare Flask and the gateway in memory: `start express`.
`--rounds N` and `--seconds N` lengthen or shorten it. A contender has one core; load, stub and
Redis have the other.
"""

from __future__ import annotations

import argparse
import shutil
import sys

from benchmarks import instructions, page, targets
from benchmarks.lineup import contenders
from benchmarks.measure import Failed
from benchmarks.session import Pace, run
from benchmarks.tables import compared

_NEEDED = {"wrk": "wrk", "node": "nodejs", "taskset": "util-linux"}


def main() -> None:
    given = _arguments()
    if given.what == "check":
        sys.exit(instructions.check(update=given.update))
    for program, package in _NEEDED.items():
        if not shutil.which(program):
            sys.exit(f"{program} is needed: apt-get install {package}")
    pace = Pace() if given.what == "full" else Pace(3, 1 if given.what == "quick" else 2)
    pace = Pace(given.rounds or pace.rounds, given.seconds or pace.seconds)
    found, measured = run(given.what, pace, given.names)
    if given.what == "full":
        page.write(found, measured, pace)
    for group, results in measured:
        if not group.columns:
            print(compared(group, results, contenders()).markdown(), end="\n\n")  # noqa: T201
    print(targets.table(found).markdown())  # noqa: T201
    failures = [each for each in found.results.values() if isinstance(each, Failed)]
    sys.exit(f"{len(failures)} measurements FAILED" if failures else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=["full", "quick", "start", "reads", "check"])
    parser.add_argument("names", nargs="*", choices=[*contenders(), []], metavar="NAME")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--update", action="store_true", help="renew the baseline")
    return parser.parse_args()


if __name__ == "__main__":
    main()
