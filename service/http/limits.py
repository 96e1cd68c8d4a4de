"""Request budgets per client: Flask-Limiter over the gateway's own ledger.

Flask-Limiter decides what is limited when; the ledger counts, in memory or in the shared store,
so that limits, rings and keys live in one place and fail over together.
"""

from __future__ import annotations

import itertools
import math
import secrets
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from flask import Flask
from flask_limiter import Limiter
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MovingWindowSupport, Storage

from service.callbacks.ports import Budget, Ledger, Rate, Window
from service.errors import RateLimited
from service.http.routes import Budgeted
from service.http.visit import Visit


class LedgerStorage(Storage, MovingWindowSupport):
    """Flask-Limiter's storage, kept in a ledger; `found.window` is each thread's last finding."""

    STORAGE_SCHEME = ["ledger"]

    def __init__(self, uri: str, wrap_exceptions: bool = False, *, ledger: Ledger) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._ledger = ledger
        self._ids = map(f"{secrets.token_hex(8)}-{{}}".format, itertools.count())
        self.found = threading.local()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        budget = Budget("client", f"client:{key}", Rate(limit, expiry))
        reservation = self._ledger.reserve([budget], next(self._ids))
        self.found.window = reservation.windows[0]
        return reservation.refused is None

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        window: Window = self.found.window
        return time.time() + window.frees_in - expiry, window.used

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def check(self) -> bool:
        return True

    # What fixed windows would need; Flask-Limiter asks for none of it here.

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise TypeError("a ledger keeps moving windows only")

    def get(self, key: str) -> int:
        raise TypeError("a ledger keeps moving windows only")

    def get_expiry(self, key: str) -> float:
        raise TypeError("a ledger keeps moving windows only")

    def clear(self, key: str) -> None:
        raise TypeError("a ledger keeps moving windows only")

    def reset(self) -> int | None:
        raise TypeError("a ledger keeps moving windows only")


class Limit(NamedTuple):
    """A rate as Flask-Limiter takes it, and as the headers name and describe it."""

    amount: int
    item: RateLimitItem
    name: str
    policy: str

    @classmethod
    def of(cls, rate: Rate) -> Limit:
        amount, seconds = rate.amount, round(rate.seconds)
        name = f'"{amount}-per-{seconds}s"'
        item = RateLimitItemPerSecond(amount, seconds)
        return cls(amount, item, name, f"{name};q={amount};w={seconds}")


class ClientLimits:
    """Count requests against their clients' budgets, `rates`.

    Where a CAPTCHA steps in, `step_up`, a start over its limit is marked instead of refused.
    """

    def __init__(
        self, ledger: Ledger, rates: Mapping[Budgeted, Sequence[Rate]], *, step_up: bool
    ) -> None:
        limiter = Limiter(
            lambda: "",  # asked by decorators only
            storage_uri="ledger://",
            storage_options={"ledger": ledger},  # type: ignore[dict-item]
            strategy="moving-window",
        )
        limiter.init_app(Flask("limits"))  # its hooks weigh on every request, limited or not
        self._strategy = limiter.limiter
        self._found = cast(LedgerStorage, limiter.storage).found
        self._limits = {budget: [Limit.of(rate) for rate in each] for budget, each in rates.items()}
        self._step_up = step_up

    def count(self, budget: Budgeted, visit: Visit) -> None:
        """Count the request; raise `RateLimited` where its client has used up a budget."""
        for limit in self._limits[budget]:
            granted = self._strategy.hit(limit.item, visit.client.key, budget)
            window = self._found.window
            visit.windows.append((limit, window))
            if not granted:
                if not (self._step_up and budget == "start"):
                    raise RateLimited("client", window.frees_in)
                visit.budget_used_up = True
                return


def limit_headers(windows: Sequence[tuple[Limit, Window]]) -> Iterable[tuple[str, str]]:
    """Tell the client's budgets: the IETF draft's headers, the X- ones of the tightest."""
    if not windows:
        return ()
    states = [
        f"{limit.name};r={max(limit.amount - window.used, 0)};t={math.ceil(window.frees_in)}"
        for limit, window in windows
    ]
    limit, window = min(windows, key=lambda each: each[0].amount - each[1].used)
    return (
        ("RateLimit-Policy", ", ".join([limit.policy for limit, _ in windows])),
        ("RateLimit", ", ".join(states)),
        ("X-RateLimit-Limit", str(limit.amount)),
        ("X-RateLimit-Remaining", str(max(limit.amount - window.used, 0))),
        ("X-RateLimit-Reset", str(math.ceil(time.time() + window.frees_in))),
    )
