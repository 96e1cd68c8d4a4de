"""What a form needs to know: a profile with its options and questions."""

from __future__ import annotations

from dataclasses import dataclass

#: The status in which a profile or an option takes call-backs.
ACTIVE = "active"
PAUSED = "paused"
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Option:
    """What the call-back is about: a queue. `default_country` is the calling code in force."""

    id: str
    name: str
    status: str
    position: int
    default_country: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before the call. Lengths in code points; `max_length` 0: no limit."""

    key: str
    name: str
    type: str
    position: int
    required: bool
    visible: bool
    editable: bool
    min_length: int
    max_length: int
    default: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A call-back form. `language` is BCP 47, `default_country` a calling code ("1").

    Options and questions are sorted by position; `questions` is empty when they are off.
    """

    sid: str
    name: str
    status: str
    language: str
    default_country: str | None
    scheduling: bool
    sms: bool
    options: tuple[Option, ...]
    questions: tuple[Question, ...]

    def option(self, id: str) -> Option | None:
        """Find an option by its SID."""
        return next((option for option in self.options if option.id == id), None)
