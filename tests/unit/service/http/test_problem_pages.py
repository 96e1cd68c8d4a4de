"""The catalogue's words as HTML."""

from __future__ import annotations

import pytest

from service.http.problem_pages import _marked_up


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("Plain words.", "Plain words."),
        ("Send `number`.", "Send <code>number</code>."),
        ("See [the API](/docs).", 'See <a href="/docs">the API</a>.'),
        ("<b> & `<i>`", "&lt;b&gt; &amp; <code>&lt;i&gt;</code>"),
        ("[away](https://evil.example)", "[away](https://evil.example)"),
        ("[script](javascript:alert)", "[script](javascript:alert)"),
    ],
)
def test_words_become_html_and_nothing_else_gets_through(words: str, html: str) -> None:
    assert _marked_up([], words) == html


def test_the_code_of_a_problem_leads_to_its_page() -> None:
    link = '<a href="/problems/rate_limited"><code>rate_limited</code></a>'
    assert _marked_up(["rate_limited"], "As `rate_limited`.") == f"As {link}."
