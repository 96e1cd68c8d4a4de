"""How often a request asks the store: counted, not timed."""

from __future__ import annotations

import json
import re
import secrets
import time
from urllib.request import Request, urlopen

from redis import Redis

from benchmarks.processes import Tree
from benchmarks.stub import OPTION

_PROFILE = "/v1/profiles/default"
#: A gateway that gives up its store meanwhile asks it less often: then it is counted again.
_TRIES = 5


def round_trips(tree: Tree, store: Tree) -> dict[str, int]:
    """Count the commands that reach Redis for one warm request of each kind.

    Each command from outside a script is a round trip; MONITOR tells them from a script's own.
    The look at the mark, once a second, belongs to no request.
    Empty where the gateway gave up its store each time, on a machine too busy to answer in time.
    """
    for _ in range(_TRIES):
        was_up = _store_is_up(tree)
        found = _counts(tree, store)
        if was_up and _store_is_up(tree):
            return found
        time.sleep(2)
    return {}


def _counts(tree: Tree, store: Tree) -> dict[str, int]:
    kinds = {"form": _PROFILE, "slots": f"{_PROFILE}/options/{OPTION}/slots"}
    with Redis(port=store.port) as client, Redis(port=store.port) as watcher:
        client.ping()  # or MONITOR would see this connection introduce itself
        found = {}
        for _ in range(2):  # the first opens connections and loads scripts
            requests = {name: Request(tree.origin + path) for name, path in kinds.items()}  # noqa: S310
            requests["start"] = _start(tree)
            found = {name: _count(client, watcher, each) for name, each in requests.items()}
        return found


def _start(tree: Tree) -> Request:
    """Start with a key and a number of its own."""
    key, last_digits = secrets.token_hex(8), f"{2 * 10**6 + secrets.randbelow(8 * 10**6)}"
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    body = json.dumps({"number": f"1613{last_digits}", "option": OPTION}).encode()
    return Request(f"{tree.origin}{_PROFILE}/callbacks", body, headers)  # noqa: S310


def _store_is_up(tree: Tree) -> bool:
    with urlopen(f"{tree.origin}/readyz", timeout=30) as answer:  # noqa: S310
        return bool(json.load(answer)["store"] == "up")


def _count(client: Redis, watcher: Redis, request: Request) -> int:
    """Ask; count what MONITOR sees until a mark of our own."""
    with watcher.monitor() as monitor:  # type: ignore[no-untyped-call]
        urlopen(request, timeout=30).close()  # noqa: S310
        client.echo("counted")
        seen = 0
        for each in monitor.listen():
            if each["command"].startswith("ECHO"):
                break
            is_look = re.match(r"EVALSHA \w+ 1 cbg:mark:", each["command"])
            seen += each["client_type"] != "lua" and not is_look
        return seen
