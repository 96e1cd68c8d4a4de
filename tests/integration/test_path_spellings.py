"""However a path is spelled, what is served is counted: phones ring as often as the limit says."""

from __future__ import annotations

import itertools
import json
import random
import socket
from urllib.parse import urlsplit

from tests import running
from tests.running import Gateway, Simulator

START = "/v1/profiles/default/callbacks"
#: Ways to write a slash, and a letter.
SLASHES = ["/", "//", "///", "/./", "/x/../", "%2F", "%2f", "/%2e/", "\\", "/;/", "/%00"]
LETTERS = ["{}", "%{:02x}", "%{:02X}", "%25{:02x}"]


def spellings() -> list[str]:
    """Write the path of a start in some hundreds of ways."""
    names = START.strip("/").split("/")
    whole = [slash + slash.join(names) for slash in SLASHES]
    whole += [f"{slash}{START.lstrip('/')}" for slash in SLASHES]
    whole += [START + end for end in ("/", "//", "?a=b", ";a=b", "%20", "%0a", "/.", "#x", ".json")]
    whole += [f"http://{host}{START}" for host in ("127.0.0.1", "evil.example", "a" * 70)]
    whole += [f"http://127.0.0.1/{START}", START.upper(), START.title(), START[1:], ""]
    drawn = random.Random(1)
    for slash in ("/", "//"):
        for _ in range(60):
            spelled = [
                "".join(_written(letter, drawn.choice(LETTERS[:3])) for letter in name)
                for name in names
            ]
            whole.append(slash + "/".join(spelled))
    whole += ["/" + "/".join("".join(_written(c, LETTERS[3]) for c in name) for name in names)]
    both = [f"{path}?n={number}" for number, path in enumerate(whole) if "?" not in path]
    return whole + both


def _written(letter: str, way: str) -> str:
    return way.format(letter if way == "{}" else ord(letter))


def send(gateway: Gateway, path: str, number: str) -> int:
    """Send a start with the path exactly as it is written; return the status, 0 for none."""
    body = json.dumps({"number": number}).encode()
    url = urlsplit(gateway.origin)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((url.hostname, url.port), timeout=20) as sock:
        sock.sendall(head.encode() + body)
        answer = sock.makefile("rb").readline()
    return int(answer.split()[1]) if answer else 0


def test_no_spelling_of_a_path_is_served_uncounted(simulator: Simulator) -> None:
    numbers = map("1416555{:04d}".format, itertools.count(1000))
    before = len(simulator.calls())
    with running.gateway(simulator, LIMIT_START="2/hour") as gateway:
        statuses = [send(gateway, path, next(numbers)) for path in spellings()]
    assert len(statuses) > 300
    assert statuses.count(201) == 2
    assert statuses.count(429) > 100
    assert not {500, 0} & set(statuses)
    assert len(simulator.calls()) == before + 2


def test_thirty_two_spellings_ring_two_phones(simulator: Simulator) -> None:
    before = len(simulator.calls())
    with running.gateway(simulator, LIMIT_START="2/hour") as gateway:
        for number in range(32):
            send(gateway, "/" * number + START, f"1416555{2000 + number}")
    assert len(simulator.calls()) == before + 2
