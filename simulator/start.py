"""What Fonolo checks before it places a call-back, read from the form of `POST callback`.

Raises `Refused` with the sentence that Fonolo would answer; none of them repeats a value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from simulator.account import Account, Option, Profile
from simulator.clock import from_wire

CANNOT_START = "Unable to started call-back. Please try again."  # the document's own words
MAX_DIGITS = 15


class Refused(Exception):
    """Fonolo answers no; the message is what it says."""


@dataclass(frozen=True)
class Start:
    """A start in good form: what to place, through which profile, when."""

    number: str
    profile: Profile
    holders: tuple[Profile, ...]
    option: Option
    begins_at: datetime | None
    sms_optin: bool
    answers: Mapping[str, str]


def read_start(form: Mapping[str, str], account: Account) -> Start:
    """Check a form against the account; raises Refused.

    The option alone selects the profile: the one that defines it. Other profiles that share
    the option lend their question keys, and a window on offer in any of them will do.
    """
    number = _number(form.get("fc_number", ""))
    option_sid = form.get("fc_option", "")
    if not option_sid:
        raise Refused("fc_option is required.")
    holders = account.holders(option_sid)
    option = holders[0].option(option_sid) if holders else None
    if option is None:
        raise Refused("fc_option is not a call-back option of this account.")
    begins_at = _start_date(form.get("fc_start_date", ""))
    _check_open(holders[0], option, scheduled=begins_at is not None)
    return Start(
        number=number,
        profile=holders[0],
        holders=tuple(holders),
        option=option,
        begins_at=begins_at,
        sms_optin=_flag(form.get("fc_sms_optin", "")),
        answers=_answers(form, holders),
    )


def _number(text: str) -> str:
    if not text:
        raise Refused("fc_number is required.")
    if not (text.isascii() and text.isdigit()):
        raise Refused("fc_number must contain only digits.")
    if len(text) > MAX_DIGITS:
        raise Refused("fc_number is not a valid phone number.")
    return text


def _start_date(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return from_wire(text)
    except ValueError:
        raise Refused("fc_start_date must be in the form YYYY-MM-DD HH:MM:SS.") from None


def _check_open(profile: Profile, option: Option, *, scheduled: bool) -> None:
    if profile.details.status == "paused":
        raise Refused("This call-back profile is paused.")
    if option.status == "paused":
        raise Refused("This call-back option is paused.")
    if option.status == "closed" and not scheduled:
        raise Refused("This call-back option is closed. Please schedule a call-back.")


def _flag(text: str) -> bool:
    lowered = text.lower()
    if lowered in ("true", "1"):  # PHP writes a true as 1
        return True
    if lowered in ("false", "0", ""):
        return False
    raise Refused("fc_sms_optin must be true or false.")


def _answers(form: Mapping[str, str], holders: Iterable[Profile]) -> dict[str, str]:
    keys = {question.key for profile in holders for question in profile.questions}
    return {key: value for key, value in form.items() if key in keys}
