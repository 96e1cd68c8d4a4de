"""Limits per client: Flask-Limiter over the gateway's own store.

The store counts in memory or in Redis, so that limits, rings and keys live in one place and fail
over together. Flask-Limiter's hooks are not used: the middleware counts before Flask is asked.
"""

from __future__ import annotations

import itertools
import math
import secrets
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from flask import Flask
from flask_limiter import Limiter
from limits import RateLimitItemPerSecond
from limits.storage import MovingWindowSupport, Storage

from service.callbacks.ports import Budget, Rate, Reservation, Store, Window
from service.errors import RateLimited
from service.http.request_context import RequestContext
from service.http.routing import LimitGroup

_SCOPE = "client"
#: Under `step_up` a client may ask for so many times its limit, with a CAPTCHA each time.
STEP_UP_FACTOR = 10
_STEPPED_UP = "stepped-up"


class StoreStorage(Storage, MovingWindowSupport):
    """A `limits` storage over the gateway's store."""

    STORAGE_SCHEME = ["gateway"]

    def __init__(self, uri: str, wrap_exceptions: bool = False, *, store: Store) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._store = store
        self._ids = map(f"{secrets.token_hex(8)}-{{}}".format, itertools.count())

    def acquire_all(self, items: Sequence[tuple[str, int, int]]) -> Reservation:
        """Count one request against several windows (key, limit, expiry), in all or in none."""
        return self._store.reserve([_budget(*item) for item in items], next(self._ids))

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        return self.acquire_all([(key, limit, expiry)]).refused is None

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        window = self._window(key)
        return time.time() + window.frees_in - expiry, window.used

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        for _ in range(amount):
            self._store.reserve([_budget(key, sys.maxsize, expiry)], next(self._ids))
        return self.get(key)

    def get(self, key: str) -> int:
        return self._window(key).used

    def get_expiry(self, key: str) -> float:
        return time.time() + self._window(key).frees_in

    def clear(self, key: str) -> None:
        self._store.clear(f"{_SCOPE}:{key}")

    def reset(self) -> int | None:
        self._store.clear(f"{_SCOPE}:")
        return None

    def check(self) -> bool:
        """Return True: the store goes on in memory when Redis is away."""
        return True

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def _window(self, key: str) -> Window:
        return self._store.windows([_budget(key, sys.maxsize, 0)])[0]


def _budget(key: str, limit: int, expiry: int) -> Budget:
    return Budget(_SCOPE, f"{_SCOPE}:{key}", Rate(limit, expiry))


class LimitItem(RateLimitItemPerSecond):
    """A limit as `limits` takes it, with shorter keys than its own."""

    def key_for(self, *identifiers: object) -> str:
        """Return the key of a client and a limit group; a client's keys are one group of keys."""
        return f"{{{identifiers[0]}}}/{identifiers[1]}/{self.amount}/{self.multiples}"


class Limit(NamedTuple):
    """A rate as `limits` takes it, and as the headers name and describe it."""

    amount: int
    item: LimitItem
    name: str
    policy: str

    @classmethod
    def from_rate(cls, rate: Rate) -> Limit:
        amount, seconds = rate.amount, round(rate.seconds)
        name = f'"{amount}-per-{seconds}s"'
        item = LimitItem(amount, seconds)
        return cls(amount, item, name, f"{name};q={amount};w={seconds}")

    def window(self, client: str, group: str) -> tuple[str, int, int]:
        """Return the client's window as the storage takes it: key, limit, expiry."""
        return self.item.key_for(client, group), self.amount, self.item.get_expiry()

    def state(self, window: Window, now: float) -> LimitState:
        """Return what a window of it says at `now`, in epoch seconds."""
        return LimitState(self, max(self.amount - window.used, 0), now + window.frees_in)


class LimitState(NamedTuple):
    """A limit after a request was counted: what remains, and when (epoch seconds) more will."""

    limit: Limit
    remaining: int
    reset_at: float


class RateLimits:
    """Count requests against the limits of their clients, `rates`.

    With `step_up` a start over its limit is not refused but marked: it needs a CAPTCHA. After
    `STEP_UP_FACTOR` times the limit it is refused all the same.
    """

    def __init__(
        self,
        app: Flask,
        store: Store,
        rates: Mapping[LimitGroup, Sequence[Rate]],
        *,
        step_up: bool,
    ) -> None:
        limiter = Limiter(
            lambda: "",  # for decorated views; there are none
            storage_uri="gateway://",
            storage_options={"store": store},  # type: ignore[dict-item]
            strategy="moving-window",
        )
        # Registered before it is initialised, Flask-Limiter adds no hooks: they would look for
        # decorated views in each request (40 µs), see docs/decisions/0010-cost-of-a-request.md.
        app.extensions.setdefault("limiter", set()).add(limiter)
        limiter.init_app(app)
        self._storage = cast(StoreStorage, limiter.storage)
        self._limits = {
            group: [Limit.from_rate(rate) for rate in of_group] for group, of_group in rates.items()
        }
        self._step_up = step_up

    def count(self, group: LimitGroup, context: RequestContext, key: str | None = None) -> None:
        """Count the request for its client, or for `key`; raise `RateLimited` over a limit."""
        limits, now = self._limits[group], time.time()
        if not limits:
            return
        key = key or context.client.key
        reservation = self._storage.acquire_all([limit.window(key, group) for limit in limits])
        refused = reservation.refused
        if refused is not None and self._step_up and group == "start" and context.identity is None:
            self._count_each(limits, key, group, context)
            return
        for limit, window in zip(limits, reservation.windows, strict=True):
            context.limits.append(limit.state(window, now))
        if refused is not None:
            scope = "callback" if group == "status" else "client"
            raise RateLimited(scope, reservation.windows[refused].frees_in)

    def _count_each(
        self, limits: Sequence[Limit], key: str, group: LimitGroup, context: RequestContext
    ) -> None:
        """Count a start that is over one limit against each for itself."""
        for limit in limits:
            reservation = self._storage.acquire_all([limit.window(key, group)])
            context.limits.append(limit.state(reservation.windows[0], time.time()))
            if reservation.refused is not None:
                self._step_up_from(limit, key)
                context.limit_exceeded = True

    def _step_up_from(self, limit: Limit, key: str) -> None:
        """Count a start over its limit; raise `RateLimited` for one that a CAPTCHA cannot help."""
        rest = LimitItem(limit.amount * (STEP_UP_FACTOR - 1), limit.item.multiples)
        window = (rest.key_for(key, _STEPPED_UP), rest.amount, rest.get_expiry())
        reservation = self._storage.acquire_all([window])
        if reservation.refused is not None:
            raise RateLimited("client", reservation.windows[0].frees_in)


def limit_headers(states: Sequence[LimitState]) -> Iterable[tuple[str, str]]:
    """List the rate-limit headers: the IETF draft's for all limits, X- ones for the tightest."""
    if not states:
        return ()
    now = time.time()
    left = [
        f"{limit.name};r={remaining};t={math.ceil(reset_at - now)}"
        for limit, remaining, reset_at in states
    ]
    tightest = min(states, key=lambda state: state.remaining)
    return (
        ("RateLimit-Policy", ", ".join([state.limit.policy for state in states])),
        ("RateLimit", ", ".join(left)),
        ("X-RateLimit-Limit", str(tightest.limit.amount)),
        ("X-RateLimit-Remaining", str(tightest.remaining)),
        ("X-RateLimit-Reset", str(math.ceil(tightest.reset_at))),
    )
