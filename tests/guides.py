"""The guides of docs/ as the tests use them: their blocks of code, tables and words."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def guide(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def blocks(name: str, language: str) -> list[str]:
    """List the guide's blocks of code in that language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", guide(name), re.DOTALL | re.MULTILINE)


def rows(name: str) -> list[list[str]]:
    """List the rows of all the guide's tables, cell by cell."""
    lines = [line for line in guide(name).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
