"""What a connection is waited for, and how long at most."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """What comes next on a connection."""

    IDLE = "idle"  # a request's first byte
    HEAD = "head"  # the rest of a head
    BODY = "body"  # the rest of a body
    ANSWER = "answer"  # the peer takes its answer
    LINGER = "linger"  # the peer closes: it is half closed here
    WHOLE = "whole"  # a thread answers
    ENDED = "ended"  # nothing: the peer sends no more


#: How long each may last, in seconds; a thread bounds itself.
SECONDS = {
    Phase.IDLE: 75.0,
    Phase.HEAD: 10.0,
    Phase.BODY: 20.0,
    Phase.ANSWER: 30.0,
    Phase.LINGER: 2.0,
}
