"""Customers: what they ask the gateway for, mixed as it comes, each from an address of its own."""

from __future__ import annotations

import itertools
import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

from tests.attack.attack import number
from tests.attack.world import World
from tests.running import CUSTOMER_SERVICE
from tests.soak.wishes import BROKEN, Wish, Wishes

FORM = "/v1/profiles/default"
SLOTS = f"{FORM}/options/{CUSTOMER_SERVICE}/slots"
#: How often one customer tries again, with the same key.
_TRIES = 3
_TRY_AGAIN = {BROKEN, 409, 502, 503}
#: How many call-backs are remembered for those who follow, move or cancel one.
_FOLLOWED = 200


@dataclass
class Booked:
    """A call-back that was placed: its number, its handle, how many wishes were for the number."""

    number: str
    handle: str
    wishes: int = 1


class Customers:
    """Everything that customers do; `answers` counts the statuses for each of it."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.wishes = Wishes()
        self.answers: dict[str, Counter[int]] = {}
        self._world = world
        self._chance = chance
        self._turn = itertools.count()
        self._followed: list[Booked] = []
        self._scheduled: list[Booked] = []
        self._slots: list[str] = []
        self._lock = threading.Lock()
        self._both = ThreadPoolExecutor(32)
        self._sessions = threading.local()
        self._doings: list[tuple[Callable[[], None], int]] = [
            (self.form, 20),
            (self.slots, 15),
            (self.start_now, 20),
            (self.start_later, 12),
            (self.double_click, 10),
            (self.double_click_with_key, 8),
            (self.status, 20),
            (self.cancel, 6),
            (self.move, 5),
            (self.hammer, 1),
        ]

    def one(self) -> None:
        """Do one thing, by chance."""
        doings, weights = zip(*self._doings, strict=True)
        self._chance.choices(doings, weights)[0]()

    def each(self) -> list[Callable[[], None]]:
        """List everything there is to do."""
        return [doing for doing, _ in self._doings]

    def form(self) -> None:
        self._read("form", FORM)

    def slots(self) -> None:
        answer = self._read("slots", SLOTS)
        if answer is not None and answer.ok:
            self._slots = [slot["start_time"] for slot in answer.json()["slots"]]

    def start_now(self) -> None:
        self._start("start now", number(next(self._turn)))

    def start_later(self) -> None:
        if self._slots:
            when = self._chance.choice(self._slots)
            self._start("start later", number(next(self._turn)), start_time=when)

    def double_click(self) -> None:
        """Twice at once, at two replicas, without a key: the second is a duplicate."""
        wish = self.wishes.add(number(next(self._turn)))
        self._twice(wish, None)

    def double_click_with_key(self) -> None:
        wish = self.wishes.add(number(next(self._turn)))
        self._twice(wish, str(uuid.uuid4()))

    def status(self) -> None:
        if booked := self._any(self._followed):
            self._read("status", f"/v1/callbacks/{booked.handle}")

    def cancel(self) -> None:
        if (booked := self._take(self._scheduled)) is None:
            return
        status = self._post("cancel", f"/v1/callbacks/{booked.handle}/cancel")
        if status == 204 and booked.wishes == 1:
            self.wishes.cancelled(booked.number)

    def move(self) -> None:
        """Change the time of a scheduled call-back, in one step."""
        if not self._slots or (booked := self._take(self._scheduled)) is None:
            return
        when = self._chance.choice(self._slots)
        more = {"start_time": when, "replaces": booked.handle}
        self._start("move", booked.number, wishes=booked.wishes + 1, **more)

    def hammer(self) -> None:
        """One address asks more often than it may."""
        headers = self._somebody()
        for _ in range(12):
            wish = self.wishes.add(number(next(self._turn)))
            self._ask("hammer", wish, None, headers=headers)

    def _start(self, what: str, to: str, wishes: int = 1, **body: str) -> None:
        wish, key = self.wishes.add(to), str(uuid.uuid4())
        headers = self._somebody()
        for _ in range(_TRIES):
            answer = self._ask(what, wish, key, headers=headers, **body)
            if wish.statuses[-1] == 201:
                booked = Booked(to, answer["id"], wishes)
                self._remember(booked, self._scheduled if "start_time" in body else None)
            if wish.statuses[-1] not in _TRY_AGAIN:
                return

    def _twice(self, wish: Wish, key: str | None) -> None:
        headers, at = self._somebody(), self._chance.randrange(2)
        what = "double click, key" if key else "double click"
        clicks = [
            self._both.submit(self._ask, what, wish, key, headers=headers, at=at + n)
            for n in range(2)
        ]
        for click in clicks:
            click.result()

    def _ask(self, what: str, wish: Wish, key: str | None, **request: Any) -> dict[str, Any]:
        reply = self._world.start(wish.number, key=key, **request)
        wish.statuses.append(reply.status)
        self._count(what, reply.status)
        return reply.body

    def _read(self, what: str, path: str) -> requests.Response | None:
        return self._send(what, "GET", path)

    def _post(self, what: str, path: str) -> int:
        answer = self._send(what, "POST", path)
        return BROKEN if answer is None else answer.status_code

    def _send(self, what: str, method: str, path: str) -> requests.Response | None:
        if not hasattr(self._sessions, "session"):
            self._sessions.session = requests.Session()
        origin = self._chance.choice(self._world.replicas).origin
        try:
            answer: requests.Response = self._sessions.session.request(
                method, origin + path, headers=self._somebody(), timeout=40
            )
        except requests.RequestException:
            self._count(what, BROKEN)
            return None
        self._count(what, answer.status_code)
        return answer

    def _somebody(self) -> dict[str, str]:
        """Return a customer's address, one of some 60,000, as the proxy says it."""
        return {
            "X-Forwarded-For": f"10.9.{self._chance.randrange(250)}.{self._chance.randrange(250)}"
        }

    def _count(self, what: str, status: int) -> None:
        with self._lock:
            self.answers.setdefault(what, Counter())[status] += 1

    def _remember(self, booked: Booked, scheduled: list[Booked] | None) -> None:
        with self._lock:
            for where in (self._followed, *([] if scheduled is None else [scheduled])):
                where.append(booked)
                del where[:-_FOLLOWED]

    def _any(self, where: list[Booked]) -> Booked | None:
        with self._lock:
            return self._chance.choice(where) if where else None

    def _take(self, where: list[Booked]) -> Booked | None:
        with self._lock:
            return where.pop(self._chance.randrange(len(where))) if where else None
