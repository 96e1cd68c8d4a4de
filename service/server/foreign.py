"""A gunicorn that somebody else has started: what it says of itself."""

from __future__ import annotations

import inspect

from gunicorn.config import Config


def configured_workers() -> int:
    """Return how many workers the gunicorn that calls us was told to run; 1 where none calls.

    It hands the application nothing, and may be told by arguments, by the environment or by a
    file: what it made of them is read from its own object, which stands up the stack.
    """
    frame = inspect.currentframe()
    while frame:
        config = getattr(frame.f_locals.get("self"), "cfg", None)
        if isinstance(config, Config):
            return int(config.workers)
        frame = frame.f_back
    return 1
