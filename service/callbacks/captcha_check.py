"""When in a start its CAPTCHA is checked, and what is said of one that was used."""

from __future__ import annotations

from service.callbacks.ports import Captcha, Claim, Reservation
from service.callbacks.request import CallbackRequest
from service.errors import FieldError, ValidationFailed


def check_first(captcha: Captcha, request: CallbackRequest) -> None:
    """Check the token before the rest of the body; one that is no string is a fault of its form."""
    if any(fault.pointer == "/captcha_token" for fault in request.field_errors):
        raise ValidationFailed(request.field_errors)
    captcha.use_up(request.captcha_token)


def claim_token(captcha: Captcha | None, request: CallbackRequest) -> tuple[Claim, ...]:
    """Return the claims that use the request's token up, where it needs one."""
    return (captcha.claim_for(request.captcha_token),) if captcha else ()


def raise_where_used(reservation: Reservation) -> None:
    """Raise `captcha_failed` where another start has claimed the token."""
    if reservation.standing is not None:
        raise captcha_used()


def captcha_used() -> ValidationFailed:
    """The answer to a token that was accepted before."""
    return captcha_fault("captcha_failed", "This CAPTCHA was used already; solve a new one.")


def captcha_fault(code: str, detail: str) -> ValidationFailed:
    """Return the fault of the token, alone."""
    return ValidationFailed([FieldError("/captcha_token", code, detail)])
