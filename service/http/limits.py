"""Request budgets per client: Flask-Limiter over the gateway's own ledger.

Flask-Limiter decides what is limited when; the ledger counts, in memory or in the shared store,
so that limits, rings and keys live in one place and fail over together.
"""

from __future__ import annotations

import itertools
import math
import secrets
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial, wraps
from typing import Any

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from limits import RateLimitItemPerSecond
from limits.storage import MovingWindowSupport, Storage

from service.callbacks.ports import Budget, Hashed, Ledger, Rate, Window
from service.errors import RateLimited
from service.http.client_address import Network, client_address

View = Callable[..., Any]

#: Clients whose address is not worked out anew.
_KNOWN = 4096


class LedgerStorage(Storage, MovingWindowSupport):
    """Flask-Limiter's storage, kept in a ledger; leaves what it found in `flask.g.windows`."""

    STORAGE_SCHEME = ["ledger"]

    def __init__(self, uri: str, wrap_exceptions: bool = False, *, ledger: Ledger) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._ledger = ledger
        self._ids = map(f"{secrets.token_hex(8)}-{{}}".format, itertools.count())

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        budget = Budget("client", f"client:{key}", Rate(limit, expiry))
        reservation = self._ledger.reserve([budget], next(self._ids))
        g.setdefault("windows", []).append((budget.rate, reservation.windows[0]))
        return reservation.refused is None

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        _, window = g.windows[-1]
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


class ClientLimits:
    """Mark views as limited per client: `starts` for starts, `reads` for all else under /v1."""

    def __init__(
        self,
        app: Flask,
        ledger: Ledger,
        hashed: Hashed,
        *,
        starts: Sequence[Rate],
        reads: Sequence[Rate],
        trusted: Sequence[Network],
        step_up: bool = False,
    ) -> None:
        known = lru_cache(_KNOWN)(partial(client_address, trusted=trusted))

        def find_client() -> None:
            asking = request.environ
            g.client = known(asking.get("REMOTE_ADDR", ""), asking.get("HTTP_X_FORWARDED_FOR", ""))

        app.before_request(find_client)
        app.after_request(_write_headers)
        limiter = Limiter(
            lambda: "",  # asked by decorators only
            storage_uri="ledger://",
            storage_options={"ledger": ledger},  # type: ignore[dict-item]
            strategy="moving-window",
        )
        limiter.init_app(Flask("limits"))  # its hooks weigh on every request, limited or not
        self._strategy = limiter.limiter
        self._hashed = hashed
        self._starts, self._reads, self._step_up = starts, reads, step_up

    def starts(self, view: View) -> View:
        """Limit a view by the budget of starts; where it steps up, mark who has used it up."""
        if not (self._step_up and self._starts):
            return self._limited(view, self._starts, "start")
        count = self._limited(lambda: None, self._starts, "start")

        @wraps(view)
        def stepped_up(**kwargs: Any) -> Any:
            try:
                count()
            except RateLimited:
                g.budget_used_up = True
            return view(**kwargs)

        return stepped_up

    def reads(self, view: View) -> View:
        """Limit a view by the budget of everything else."""
        return self._limited(view, self._reads, "read")

    def _limited(self, view: View, rates: Sequence[Rate], scope: str) -> View:
        if not rates:
            return view
        items = [RateLimitItemPerSecond(rate.amount, round(rate.seconds)) for rate in rates]

        @wraps(view)
        def limited(**kwargs: Any) -> Any:
            client = self._hashed("client", g.client)
            for item in items:
                if not self._strategy.hit(item, client, scope):
                    _, window = g.windows[-1]
                    raise RateLimited("client", window.frees_in)
            return view(**kwargs)

        return limited


def budget_used_up() -> bool:
    """Tell whether the request's client has used up its budget of starts."""
    return bool(g.get("budget_used_up"))


def _write_headers(response: Response) -> Response:
    """Tell the client's budgets: the IETF draft's headers, the X- ones of the tightest."""
    windows: list[tuple[Rate, Window]] = g.get("windows", [])
    if not windows:
        return response
    policies, states = [], []
    for rate, window in windows:
        name = f'"{rate.amount}-per-{rate.seconds:.0f}s"'
        left = max(rate.amount - window.used, 0)
        policies.append(f"{name};q={rate.amount};w={rate.seconds:.0f}")
        states.append(f"{name};r={left};t={math.ceil(window.frees_in)}")
    rate, window = min(windows, key=lambda each: each[0].amount - each[1].used)
    response.headers.extend(
        [
            ("RateLimit-Policy", ", ".join(policies)),
            ("RateLimit", ", ".join(states)),
            ("X-RateLimit-Limit", str(rate.amount)),
            ("X-RateLimit-Remaining", str(max(rate.amount - window.used, 0))),
            ("X-RateLimit-Reset", str(math.ceil(time.time() + window.frees_in))),
        ]
    )
    return response
