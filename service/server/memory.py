"""A folder for what processes share, in memory where there is room for it."""

from __future__ import annotations

import os
from tempfile import TemporaryFile, gettempdir

import structlog

log = structlog.get_logger(__name__)

_IN_MEMORY = "/dev/shm"  # noqa: S108 - names in it are made at random


def folder(room: int) -> str:
    """Return a folder that takes `room` bytes: heartbeats and counts never wait for a disk.

    What is written into a full one ends the process (SIGBUS), so that none is begun with.
    """
    for path in (_IN_MEMORY, _temporary()):
        if path and has_room(path, room):
            return path
    log.error("nowhere to write: give it room in /dev/shm, or in a tmpfs at /tmp", bytes=room)
    raise SystemExit(1)


def has_room(path: str, room: int) -> bool:
    """Tell whether so many bytes can be had in a folder now."""
    try:
        with TemporaryFile(dir=path) as file:
            os.posix_fallocate(file.fileno(), 0, room)
    except OSError:
        return False
    return True


def _temporary() -> str | None:
    try:
        return gettempdir()
    except FileNotFoundError:
        return None
