"""The routes that are limited, found without Flask: the edge counts before it is asked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeVar

from flask import Flask

#: Which of a client's budgets a request draws on.
Budgeted = Literal["start", "read"]
View = TypeVar("View", bound=Callable[..., Any])

_BUDGET = "budget"
_VARIABLE = re.compile(r"<\w+>")


class Route(NamedTuple):
    """A rule as Flask writes it, and the budget that its requests draw on."""

    rule: str
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
        self._by_method: defaultdict[str, list[tuple[re.Pattern[str], Route]]] = defaultdict(list)
        for rule in app.url_map.iter_rules():
            budget = getattr(app.view_functions[rule.endpoint], _BUDGET, None)
            if budget:
                entry = _pattern(rule.rule), Route(rule.rule, budget)
                for method in (rule.methods or set()) - {"OPTIONS"}:
                    self._by_method[method].append(entry)

    def find(self, method: str, path: str) -> Route | None:
        """Return the limited route that Flask will take; None where it takes none of them."""
        for pattern, route in self._by_method.get(method, ()):
            if pattern.fullmatch(path):
                return route
        return None


def _pattern(rule: str) -> re.Pattern[str]:
    """Match what Flask's rule matches; of its variables only plain ones, `<name>`, are known."""
    fixed = _VARIABLE.split(rule)
    if any("<" in part for part in fixed):
        raise ValueError(f"{rule}: a limited route has plain variables only")
    return re.compile("[^/]+".join(map(re.escape, fixed)))
