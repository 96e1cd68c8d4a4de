"""File descriptors: as many as the machine allows, and how many connections they are good for."""

from __future__ import annotations

import resource
from contextlib import suppress

#: Connections that one worker takes at most; each costs some 5 KiB.
MOST_CONNECTIONS = 4096
#: Descriptors for calls to Fonolo and the store, and for files; where there are few, half of them.
_OWN = 1024


def raise_limit() -> int:
    """Raise this process's limit of descriptors as far as it may; return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems bound it lower than they say
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS + _OWN if soft == resource.RLIM_INFINITY else soft


def connections(descriptors: int) -> int:
    """Return how many connections a worker can take with so many descriptors."""
    return max(1, min(MOST_CONNECTIONS, max(descriptors // 2, descriptors - _OWN)))
