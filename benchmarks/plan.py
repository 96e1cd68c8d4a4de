"""What is held against what: the groups of points that are measured in turn, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from benchmarks import loads
from benchmarks.lineup import MANY, QUESTIONS, other_pythons
from benchmarks.loads import Load
from benchmarks.measure import Point
from benchmarks.processes import Tree
from benchmarks.stub import OPTION

#: Hand-written ones that pass a body on and do nothing else.
BARE = ("pooled", "fastapi", "express")
#: Those that do what the gateway does: `conformance` holds them to it.
EQUALS = ("express-equal", "fastapi-equal", "express-redis", "fastapi-redis")
OURS = ("memory", "redis")
GATEWAYS = (*BARE, *EQUALS, *OURS)
CONNECTIONS = (1, 16, 64, 256)
PROFILES = (1, 100, MANY)
CALLS = 3000

ECHO = Point("flask", loads.ECHO)
HELLO = Point("flask", loads.HELLO)
DELAY = 100  # milliseconds upstream
WAITING = (64, 16)  # starts that wait at a time


@dataclass(frozen=True)
class Group:
    """Points measured in one series of rounds; ratios are to the first.

    `columns` names the points of a sweep, which is measured in fewer rounds. `longer` is how many
    times as long as others a round of it is: as requests that wait take a while to get going.
    """

    name: str
    points: tuple[Point, ...]
    columns: tuple[str, ...] = ()
    longer: int = 1


def starts() -> Group:
    """Start call-backs, upstream at once; beside the floor, which only echoes."""
    names = (*GATEWAYS, "two", *other_pythons())
    return Group("start", (ECHO, *(Point(name, loads.start()) for name in names)))


def reads(trees: Mapping[str, Tree]) -> Group:
    """Read what is cached, and be refused; beside hello."""
    names = (*BARE, *EQUALS[:2], *OURS, *other_pythons())
    points = [Point(name, loads.form()) for name in names if name in trees]
    points += [Point(name, loads.SLOTS) for name in ("memory", "redis") if name in trees]
    with _open(trees["memory"], "/v1/profiles/default") as answer:
        points.append(Point("memory", loads.unchanged(answer.headers["ETag"])))
    points += [Point("strict", loads.LIMITED), Point("memory", loads.REFUSED)]
    return Group("reads", (HELLO, *points))


def statuses(trees: Mapping[str, Tree]) -> Group:
    """Read the status of many call-backs in turn, each of them asked of upstream."""
    names = [name for name in ("memory", "express-equal", "fastapi-equal") if name in trees]
    points = [Point(name, loads.status(_started(trees[name]))) for name in names]
    return Group("status", (ECHO, *points))


def refreshes() -> Group:
    """Start call-backs while upstream takes its time and the profile's runs out, each second."""
    load = loads.start(connections=WAITING[1], delay=DELAY)
    return Group("refresh", (Point("memory", load), Point("fleeting", load)), longer=3)


def waiting() -> Group:
    """Start call-backs while upstream takes its time; the bare ones with the most at a time."""
    most, fewer = (loads.start(connections=count, delay=DELAY) for count in WAITING)
    points = [Point(name, most) for name in (*BARE, *OURS)]
    points += [Point(name, fewer) for name in OURS]
    return Group("waiting", tuple(points), longer=3)


def mix(trees: Mapping[str, Tree]) -> Group:
    """Start, read and poll as a widget does."""
    names = [name for name in (*BARE, *OURS) if name in trees]
    return Group("mix", tuple(Point(name, mixed(trees[name])) for name in names))


def _started(tree: Tree) -> list[str]:
    """Start so many call-backs that none is asked for twice in a second; return their paths."""
    numbers = (f"1613{number}" for number in range(2_000_000, 2_000_000 + CALLS))
    bodies = (json.dumps({"number": number, "option": OPTION}).encode() for number in numbers)

    def start(body: bytes) -> str:
        with _open(tree, "/v1/profiles/default/callbacks", body) as answer:
            return str(json.load(answer)["url"])

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(start, bodies))


def mixed(tree: Tree) -> Load:
    """Start a call-back; return the mix whose polls follow it."""
    body = json.dumps({"number": "16135550100", "option": OPTION}).encode()
    with _open(tree, "/v1/profiles/default/callbacks", body) as answer:
        return loads.mixed(json.load(answer)["url"])


def sweeps() -> list[Group]:
    """Vary the connections, the questions of a form, the profiles in use."""
    found = []
    for contender, load in [
        ("flask", loads.HELLO),
        ("flask", loads.ECHO),
        ("memory", loads.form()),
        ("memory", loads.start()),
    ]:
        points = tuple(Point(contender, load.over(each)) for each in CONNECTIONS)
        found.append(Group(f"{load.title}, by connections", points, _names(CONNECTIONS)))
    for make in (loads.form, loads.start):
        title = make().title
        points = tuple(Point("memory", make(f"q{each}")) for each in QUESTIONS)
        found.append(Group(f"{title}, by questions", points, _names(QUESTIONS)))
        points = tuple(Point("many", make(f"p{{n%{each}}}")) for each in PROFILES)
        found.append(Group(f"{title}, by profiles", points, _names(PROFILES)))
    return found


def fill_cache(tree: Tree) -> None:
    """Let every one of the many profiles be fetched once."""
    for number in range(MANY):
        _open(tree, f"/v1/profiles/p{number}").close()


def _names(values: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"{value:,}" for value in values)


def _open(tree: Tree, path: str, body: bytes | None = None) -> Any:
    headers = {"Content-Type": "application/json"}
    request = Request(tree.origin + path, body, headers)  # noqa: S310 - our own origin
    return urlopen(request, timeout=30)  # noqa: S310
