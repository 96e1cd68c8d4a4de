"""The routes that are limited, found without Flask: the edge counts before it is asked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeVar

from flask import Flask
from werkzeug.routing import Rule

#: Which of a client's budgets a request draws on.
Budgeted = Literal["start", "read"]
View = TypeVar("View", bound=Callable[..., Any])

_BUDGET = "budget"
_VARIABLE = re.compile(r"<(\w+)>")


class Route(NamedTuple):
    """What Flask makes of a request: a rule of its own, the arguments of the view that answers,
    and the budget that the request draws on.
    """

    rule: Rule
    arguments: dict[str, str]
    budget: Budgeted


def counted(budget: Budgeted) -> Callable[[View], View]:
    """Mark a view: its requests draw on that budget of their client's."""

    def mark(view: View) -> View:
        setattr(view, _BUDGET, budget)
        return view

    return mark


class LimitedRoutes:
    """The rules of an application whose views are marked as `counted`."""

    def __init__(self, app: Flask) -> None:
        self._by_method: defaultdict[str, list[tuple[re.Pattern[str], Rule, Budgeted]]]
        self._by_method = defaultdict(list)
        for rule in app.url_map.iter_rules():
            budget = getattr(app.view_functions[rule.endpoint], _BUDGET, None)
            if budget:
                for method in (rule.methods or set()) - {"OPTIONS"}:
                    self._by_method[method].append((_pattern(rule.rule), rule, budget))

    def find(self, method: str, path: str) -> Route | None:
        """Return the limited route that Flask will take; None where it takes none of them.

        `path` is WSGI's: bytes, each written as a character.
        """
        for pattern, rule, budget in self._by_method.get(method, ()):
            if found := pattern.fullmatch(path):
                return Route(
                    rule, {n: _decoded(each) for n, each in found.groupdict().items()}, budget
                )
        return None


def _pattern(rule: str) -> re.Pattern[str]:
    """Match what Flask's rule matches; of its variables only plain ones, `<name>`, are known."""
    fixed, names = _VARIABLE.split(rule)[::2], _VARIABLE.findall(rule)
    if any("<" in part for part in fixed):
        raise ValueError(f"{rule}: a limited route has plain variables only")
    groups = [f"(?P<{name}>[^/]+)" for name in names] + [""]
    return re.compile("".join(re.escape(f) + g for f, g in zip(fixed, groups, strict=True)))


def _decoded(text: str) -> str:
    return text if text.isascii() else text.encode("latin-1").decode(errors="replace")
