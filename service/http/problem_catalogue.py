"""The catalogue of problems: for each code its status, its title, and its explanation.

It is read out of problems.toml, the one place where a code is declared.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Whether to try again: in the catalogue's words -> in the page's.
RETRY = {
    "no": "No",
    "mended": "Once it is put right",
    "later": "Later; nobody knows when",
    "wait": "Yes, unchanged, after `Retry-After` seconds",
    "once": "Once, unchanged and with the same key",
}
_REQUEST_ID = "8d5f8a1e0b7c4f6f9a3e2d1c0b9a8f7e"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code. `retry` is a key of RETRY; `members` are further ones of the example answer."""

    code: str
    status: int
    title: str
    means: str
    why: str
    do: list[str]
    retry: str
    detail: str
    phone: str = "No: nothing was started."
    members: dict[str, Any] | None = None

    @property
    def again(self) -> str:
        """Say whether to try again."""
        return RETRY[self.retry]

    @property
    def example(self) -> str:
        """Write an answer that has this code."""
        answer = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": _REQUEST_ID,
        }
        return json.dumps(answer | (self.members or {}), indent=2)


@dataclass(frozen=True, slots=True)
class ProblemCatalogue:
    """`problems` by their code; `field_errors`, the `means` and `do` of each `errors[].code`."""

    problems: Mapping[str, Explanation]
    field_errors: Mapping[str, Mapping[str, str]]

    @property
    def statuses(self) -> dict[str, int]:
        """The HTTP status of each problem's code."""
        return {code: problem.status for code, problem in self.problems.items()}


def read_catalogue() -> ProblemCatalogue:
    """Read problems.toml, which lies beside this file."""
    words = tomllib.loads(Path(__file__).with_name("problems.toml").read_text("utf-8"))
    problems = {code: Explanation(code, **fields) for code, fields in words["problems"].items()}
    return ProblemCatalogue(problems, words["field_errors"])
