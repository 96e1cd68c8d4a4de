"""The guard before the Fonolo client: circuit breakers, and its errors in the rules' words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Literal

from service import fonolo
from service.errors import (
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnintelligible,
    UpstreamUnknown,
    UpstreamUnreachable,
)
from service.fonolo import FonoloClient
from service.upstream.circuit_breaker import CircuitBreaker

#: What reads at Fonolo; a profile is read with its options and questions, or not at all.
Read = Literal["status", "cancel", "profile", "slots"]
_READS: tuple[Read, ...] = ("status", "cancel", "profile", "slots")


class CircuitBreakers:
    """One circuit breaker for starts, and one for each kind of read: where one fails, others go on.

    `on_change` is called when a circuit opens or closes for all: with `starts` or `reads`, and
    whether that one, or any of them, is open.
    """

    def __init__(
        self,
        client: FonoloClient,
        on_change: Callable[[str, bool], None] = lambda kind, is_open: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._on_change = on_change
        self._starts = CircuitBreaker(clock, partial(on_change, "starts"))
        self._reads = {read: CircuitBreaker(clock, self._reads_changed) for read in _READS}

    @contextmanager
    def start(self, client: str) -> Iterator[None]:
        """Let the block place a call for a client; raise what comes of it, translated."""
        with self._guard(self._starts, client):
            yield

    @contextmanager
    def read(self, read: Read, sid: str) -> Iterator[None]:
        """Let the block ask about the call, profile or option `sid`; raise as `start` does."""
        with self._guard(self._reads[read], sid):
            yield

    @contextmanager
    def _guard(self, breaker: CircuitBreaker, source: str) -> Iterator[None]:
        """Guard a call; a probe opens a connection: those that are kept may be what is broken."""
        with breaker.guard(source) as is_probe, translated():
            if is_probe:
                self._client.close()
            yield

    def _reads_changed(self, _: bool) -> None:
        self._on_change("reads", any(breaker.is_open for breaker in self._reads.values()))


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client's errors into ours, kind by kind."""
    try:
        yield
    except fonolo.Refused as error:
        raise UpstreamRefused(str(error)) from error
    except fonolo.Unreachable as error:
        raise UpstreamUnreachable(str(error)) from error
    except fonolo.TimedOut as error:
        raise UpstreamTimeout(str(error)) from error
    except fonolo.Unknown as error:
        raise UpstreamUnknown(str(error)) from error
    except fonolo.Unintelligible as error:
        raise UpstreamUnintelligible(str(error)) from error
