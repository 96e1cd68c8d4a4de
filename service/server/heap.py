"""The C library's heap: one for all threads."""

from __future__ import annotations

import ctypes

#: glibc's name for the most heaps that a process has, in `mallopt`.
_M_ARENA_MAX = -8


def share_one_heap() -> None:
    """Have threads share one heap, where the C library lets us: glibc gives each its own.

    What a thread frees only its own heap gets back, so that a process grew by several MiB in its
    first hours. Python's lock lets one thread at a time allocate anyway. For threads to come.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_ARENA_MAX, 1)
