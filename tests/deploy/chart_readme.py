"""Write the table of values in the chart's README from the comments in values.yaml.

`python -m tests.deploy.chart_readme` after a change of either; a test says when it is forgotten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from tests.deploy.chart import CHART

_BEGIN, _END = "<!-- values: begin -->\n", "<!-- values: end -->\n"
_README = CHART / "README.md"


def rows() -> Iterator[tuple[str, Any, str]]:
    """Yield name, default and description of every value that has a `# --` comment above it."""
    text = (CHART / "values.yaml").read_text("utf-8")
    values = yaml.safe_load(text)
    path: list[str] = []
    said = ""
    for line in text.splitlines():
        if comment := re.match(r"\s*# -- (.+)", line):
            said = comment[1]
        elif key := re.match(r"( *)([A-Za-z]+):", line):
            path = [*path[: len(key[1]) // 2], key[2]]
            if said:
                yield ".".join(path), _at(values, path), said
            said = ""


def _at(values: Any, path: list[str]) -> Any:
    for name in path:
        values = values[name]
    return values


def table() -> str:
    lines = ["| value | default | meaning |", "| --- | --- | --- |"]
    for name, default, said in rows():
        shown = "" if default in ("", None) else f"`{json.dumps(default, ensure_ascii=False)}`"
        if len(shown) > 60:
            shown = "see `values.yaml`"
        lines.append(f"| `{name}` | {shown} | {said} |")
    return "\n".join(lines) + "\n"


def current() -> str:
    """Return the README as it should be."""
    before, rest = _README.read_text("utf-8").split(_BEGIN)
    return before + _BEGIN + table() + _END + rest.split(_END)[1]


def main() -> None:
    _README.write_text(current(), "utf-8")


if __name__ == "__main__":
    main()
