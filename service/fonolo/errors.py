"""What a call to Fonolo can come to, other than a success.

Four kinds and only four::

    FonoloError
    ├── Refused         Fonolo answered, readably, no; `message` is its own sentence
    ├── Unreachable     no connection was made: nothing was sent, safe to try again
    ├── Unknown         sent, and the connection ended without a whole answer
    │   └── TimedOut    ... because the time was up
    └── Unintelligible  answered, and the answer could not be read

A start that ends Unknown or Unintelligible may ring a phone.
"""

from __future__ import annotations


class FonoloError(Exception):
    """A call to Fonolo that did not succeed; `endpoint` names it (`callback`, `status` ...)."""

    def __init__(self, endpoint: str, message: str) -> None:
        super().__init__(f"{endpoint}: {message}")
        self.endpoint = endpoint
        self.message = message


class Refused(FonoloError):
    """Fonolo answered with a failure status; `message` is what it said."""

    def __init__(self, endpoint: str, message: str, status: int) -> None:
        super().__init__(endpoint, message)
        self.status = status


class Unreachable(FonoloError):
    """No connection to Fonolo: not a byte of the request was sent; `message` says why."""


class Unknown(FonoloError):
    """The request was sent and no whole answer came back."""


class TimedOut(Unknown):
    """No whole answer came back in time."""


class Unintelligible(FonoloError):
    """An answer came that is not the document's: HTML, broken JSON, too large, fields missing.

    `http_status` is its HTTP status where that is none of Fonolo's.
    """

    def __init__(self, endpoint: str, message: str, http_status: int | None = None) -> None:
        super().__init__(endpoint, message)
        self.http_status = http_status
