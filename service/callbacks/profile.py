"""What a form needs to know: a profile with its options and questions."""

from __future__ import annotations

from dataclasses import dataclass

#: An active profile or option takes call-backs; a closed option takes scheduled ones only.
ACTIVE, CLOSED = "active", "closed"


@dataclass(frozen=True, slots=True)
class Option:
    """What the call-back is about: a queue. `default_country` is the calling code in force."""

    id: str
    name: str
    status: str
    position: int
    default_country: str | None

    @property
    def takes_scheduled(self) -> bool:
        """Whether a call-back can be scheduled: not while the option is paused."""
        return self.status in {ACTIVE, CLOSED}

    @property
    def takes_immediate(self) -> bool:
        """Whether a call-back can be placed now."""
        return self.status == ACTIVE


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

    @property
    def is_active(self) -> bool:
        """Whether the profile takes call-backs at all."""
        return self.status == ACTIVE

    def offers_slots(self, option: Option) -> bool:
        """Tell whether call-backs can be scheduled for one of the profile's options."""
        return self.scheduling and self.is_active and option.takes_scheduled

    def option(self, id: str) -> Option | None:
        """Find an option by its SID."""
        return next((option for option in self.options if option.id == id), None)
