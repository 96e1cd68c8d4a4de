"""How often a request asks the store: counted, not timed."""

from __future__ import annotations

import json
from urllib.request import Request, urlopen

from redis import Redis

from benchmarks.processes import Tree
from benchmarks.stub import OPTION

_PROFILE = "/v1/profiles/default"


def round_trips(tree: Tree, store: Tree) -> dict[str, int]:
    """Count the commands that reach Redis for one warm request of each kind.

    Each command from outside a script is a round trip; MONITOR tells them from a script's own.
    """
    kinds = {"form": _PROFILE, "slots": f"{_PROFILE}/options/{OPTION}/slots"}
    with Redis(port=store.port) as client, Redis(port=store.port) as watcher:
        client.ping()  # or MONITOR would see this connection introduce itself
        found = {}
        for number in range(2):  # the first opens connections and loads scripts
            requests = {name: Request(tree.origin + path) for name, path in kinds.items()}  # noqa: S310
            requests["start"] = _start(tree, number)
            found = {name: _count(client, watcher, each) for name, each in requests.items()}
        return found


def _start(tree: Tree, number: int) -> Request:
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"round-trips-{number:04d}"}
    body = json.dumps({"number": f"1613555020{number}", "option": OPTION}).encode()
    return Request(f"{tree.origin}{_PROFILE}/callbacks", body, headers)  # noqa: S310


def _count(client: Redis, watcher: Redis, request: Request) -> int:
    """Ask; count what MONITOR sees until a mark of our own."""
    with watcher.monitor() as monitor:  # type: ignore[no-untyped-call]
        urlopen(request, timeout=30).close()  # noqa: S310
        client.echo("counted")
        seen = 0
        for each in monitor.listen():
            if each["command"].startswith("ECHO"):
                break
            seen += each["client_type"] != "lua"
        return seen
