"""One version: what pyproject.toml says stands wherever else a version has to be."""

from __future__ import annotations

import re

import pytest

from tests.deploy.versions import PLACES, ROOT, version, version_in


@pytest.mark.parametrize("path", PLACES)
def test_a_file_has_the_projects_version(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == version_in(path), (
        "write it anew: .venv/bin/python -m tests.deploy.versions"
    )


def test_the_changelog_has_a_section_for_it() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    [newest, *_] = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", text, re.M)
    assert newest == version()
