"""Calls that run beside the caller's own, so that together they take as long as the longest."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

T = TypeVar("T")


class Run(Protocol):
    """Begin a call; return what waits for its result, or raises its error."""

    def __call__(self, call: Callable[[], T], /) -> Callable[[], T]: ...


@contextmanager
def side_calls(most: int) -> Iterator[Run]:
    """Give what runs up to `most` calls in threads; all have ended when the block has.

    They belong to the request that the caller answers. Where the machine starts no further
    thread, a call runs when its result is asked for.
    """
    with ThreadPoolExecutor(most, thread_name_prefix="side-call") as pool:

        def run(call: Callable[[], T], /) -> Callable[[], T]:
            try:
                return pool.submit(contextvars.copy_context().run, call).result
            except RuntimeError:
                return call

        yield run
