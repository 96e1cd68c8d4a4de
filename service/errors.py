"""Everything the gateway can answer that is not a success.

The codes of problems and their statuses stand in `http/problems.toml`. The tree::

    GatewayError
    ├── Problem                     a request that cannot be served: code, detail, and more
    │   ├── ValidationFailed        every fault of one body, at once
    │   ├── RateLimited             a budget is used up: scope, seconds until it frees
    │   ├── SlotUnavailable         carries the slots on offer now
    │   └── OutcomeUnknown          a start was sent and nothing readable came back
    └── UpstreamError               what a call to Fonolo can come to; four kinds and only four
        ├── UpstreamRefused         Fonolo answered no
        │   └── CallbackRefused     to a start
        ├── UpstreamUnreachable     nothing was sent: safe to try again
        ├── UpstreamUnknown         sent, no answer: the phone may ring
        │   └── UpstreamTimeout     ... because the time was up
        └── UpstreamUnintelligible  answered, could not be read
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of a request body.

    `pointer` is a JSON pointer (RFC 6901) into the body, `code` one of the contract's
    `errors[].code`, `detail` a sentence that names the remedy and never the value.
    """

    pointer: str
    code: str
    detail: str


class GatewayError(Exception):
    """Whatever this project raises on purpose."""


class Problem(GatewayError):
    """A request that is answered with problem details (RFC 9457).

    `retry_after` is in seconds; `scope` names the budget that is used up, where one is.
    """

    def __init__(
        self, code: str, detail: str, *, retry_after: float | None = None, scope: str | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.scope = scope


class ValidationFailed(Problem):
    """A body with at least one fault; all that were found, in the order of the fields."""

    def __init__(self, field_errors: Sequence[FieldError]) -> None:
        super().__init__("validation_failed", "The request body has faults; see errors.")
        self.field_errors = tuple(field_errors)


class RateLimited(Problem):
    """A budget of `scope` (client, number, callback, global) is used up; times in seconds."""

    def __init__(self, scope: str, retry_after: float) -> None:
        super().__init__(
            "rate_limited",
            "Too many requests; try again after the time in Retry-After.",
            retry_after=retry_after,
            scope=scope,
        )


class SlotUnavailable(Problem):
    """The asked-for start is not on offer. `slots` are those that are, soonest first."""

    def __init__(self, slots: Sequence[Any]) -> None:
        super().__init__(
            "slot_unavailable", "That start time is not on offer; choose one of the slots."
        )
        self.slots = tuple(slots)


class OutcomeUnknown(Problem):
    """A start was sent and no readable success or refusal came back: the phone may ring."""

    def __init__(self, *, replayed: bool = False) -> None:
        super().__init__(
            "outcome_unknown",
            "The call-back was sent but not confirmed; the phone may ring. "
            "Repeating with the same Idempotency-Key never places a second call.",
        )
        self.replayed = replayed


class UpstreamError(GatewayError):
    """A call to Fonolo did not come to a success."""


class UpstreamRefused(UpstreamError):
    """Fonolo answered, readably, that it will not."""


class CallbackRefused(UpstreamRefused):
    """Fonolo answered, readably, that it will not place this call-back."""


class UpstreamUnreachable(UpstreamError):
    """No connection: nothing was sent. `retry_after` in seconds, where it is known."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UpstreamUnknown(UpstreamError):
    """The request was sent and the connection ended without an answer."""


class UpstreamTimeout(UpstreamUnknown):
    """The request was sent and no whole answer came in time."""


class UpstreamUnintelligible(UpstreamError):
    """An answer came and could not be read."""
