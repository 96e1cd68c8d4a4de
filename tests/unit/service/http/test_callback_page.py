"""The words of a call-back's page: the same in every language, and those of the widget's."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from service.http.problem_pages import PAGES

TEXTS: dict[str, dict[str, Any]] = tomllib.loads((PAGES / "callback.toml").read_text("utf-8"))


def names(words: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of the words, and how many words a list has."""
    return {
        key: names(value)
        if isinstance(value, dict)
        else len(value)
        if isinstance(value, list)
        else 1
        for key, value in words.items()
    }


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_has_the_same_words(language: str) -> None:
    assert names(TEXTS[language]) == names(TEXTS["en"])


def test_it_speaks_the_languages_of_the_widget() -> None:
    words = {path.stem for path in Path("widget/words").glob("??.js")}
    assert set(TEXTS) == words
