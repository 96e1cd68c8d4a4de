"""What a company does with the element: one tag, strict CSP, events, methods, words, colours."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browser.form import Form, expect
from tests.browser.site import Site
from tests.running import Gateway

OpenForm = Callable[..., Form]
WIDGET = Path("widget")


def test_what_the_first_paint_needs_is_small() -> None:
    entry = (WIDGET / "callback-widget.js").read_text("utf-8")
    parts = {"callback-widget.js", *re.findall(r'"\./(.+?)"', entry)}
    size = sum(len(gzip.compress((WIDGET / part).read_bytes())) for part in parts)
    print(f"first paint: {size} bytes compressed, {len(parts)} modules")  # noqa: T201
    assert size < 16 * 1024


def test_all_that_the_first_paint_needs_is_asked_for_at_once() -> None:
    entry = (WIDGET / "callback-widget.js").read_text("utf-8")
    named = set(re.findall(r'"\./(.+?)"', entry))
    for part in named:
        text = (WIDGET / part).read_text("utf-8")
        assert set(re.findall(r'^import .*"\./(.+?)"', text, re.MULTILINE)) <= named, part


def test_it_comes_from_the_gateway_into_any_site_under_a_strict_policy(
    open_form: OpenForm, gateway: Gateway
) -> None:
    form = open_form("fr")
    expect(form.heading).to_have_text("De quoi s’agit-il\u202f?")
    assert form.page.evaluate("origin") != gateway.origin
    assert form.page.evaluate("document.scripts[0].src").startswith(gateway.origin)


def test_the_page_hears_what_happens(open_form: OpenForm, number: str) -> None:
    form = open_form("now")
    form.watch()
    form.number.fill("416")
    form.send()
    expect(form.error("number")).not_to_be_empty()
    form.number.fill(number)
    form.send()
    expect(form.status).to_have_text("Your call back is complete. Thank you!")
    error, started, *statuses = form.heard()
    assert (error["type"], error["code"]) == ("callback-error", "validation_failed")
    assert error["errors"][0]["code"] == "number_impossible"
    assert started["type"] == "callback-started"
    assert {each["id"] for each in statuses} == {started["id"]}
    assert (statuses[-1]["status"], statuses[-1]["final"]) == ("Success", True)


def test_the_page_can_fill_in_cancel_and_begin_anew(open_form: OpenForm, number: str) -> None:
    form = open_form("en")
    form.heading.wait_for()
    widget = form.widget
    widget.evaluate(
        "(widget, number) => widget.prefill({ number, questions: { account_number: '12345' } })",
        number,
    )
    form.press("Billing")
    form.choose_time()
    form.send()
    expect(form.status).to_have_text("Your call back is booked.")
    assert widget.evaluate("widget => widget.callback.status") == "Scheduled"
    widget.evaluate("widget => widget.cancel()")
    expect(form.status).to_have_text("Your call back is cancelled. We won’t call.")
    widget.evaluate("widget => widget.reset()")
    expect(form.heading).to_have_text("What do you need help with?")
    assert widget.evaluate("widget => widget.callback") is None
    widget.evaluate("widget => widget.focus()")
    expect(widget.get_by_role("button", name="Billing")).to_be_focused()


def test_words_and_heading_can_be_the_companys_own(open_form: OpenForm) -> None:
    form = open_form("now", attributes={"heading": "Skip the queue"})
    form.widget.evaluate("widget => { widget.strings = { send: 'Ring me' }; }")
    expect(form.send_button).to_have_text("Ring me")
    expect(form.widget.get_by_role("heading", level=2)).to_have_text("Skip the queue")


def test_a_language_can_be_added(open_form: OpenForm) -> None:
    form = open_form("now")
    form.page.evaluate(
        """async () => {
          const { CallbackWidget } = await import(document.scripts[0].src);
          CallbackWidget.languages.nl = { number: "Telefoonnummer", send: "Bel mij" };
        }"""
    )
    form.widget.evaluate("widget => { widget.lang = 'nl-BE'; }")
    expect(form.send_button).to_have_text("Bel mij")
    expect(form.widget.get_by_label("Telefoonnummer")).to_be_visible()


@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "pt"])
def test_each_language_has_every_word_with_the_same_places(
    open_form: OpenForm, language: str
) -> None:
    form = open_form("en", attributes={"lang": language})
    form.heading.wait_for()
    english, other = form.page.evaluate(
        """async (language) => {
          const { languages } = (await import(document.scripts[0].src)).CallbackWidget;
          const places = (words) => Object.fromEntries(Object.entries(words).map(
            ([name, text]) => [name, text.match(/\\{\\w+\\}/g)?.sort() ?? []]));
          return [places(languages.en), places(languages[language])];
        }""",
        language,
    )
    assert other == english


def test_words_that_cannot_be_loaded_are_english(open_form: OpenForm) -> None:
    form = open_form(
        "fr", setup=lambda page: page.route("**/words/fr.js", lambda route: route.abort())
    )
    expect(form.heading).to_have_text("What do you need help with?")


def test_the_class_is_there_without_being_registered(open_form: OpenForm) -> None:
    form = open_form("now", attributes={"query": "?define=no"})
    form.page.evaluate(
        """async () => {
          const { CallbackWidget } = await import(document.scripts[0].src);
          customElements.define("acme-callback", class extends CallbackWidget {});
          const element = document.createElement("acme-callback");
          element.setAttribute("profile", "now");
          document.querySelector("main").append(element);
        }"""
    )
    expect(form.page.locator("acme-callback").get_by_label("Phone number")).to_be_visible()
    assert form.page.evaluate("customElements.get('callback-widget')") is None


def test_colours_and_parts_can_be_set_from_outside(open_form: OpenForm) -> None:
    form = open_form("now")
    form.number.wait_for()
    form.page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`callback-widget { --callback-accent: rgb(1, 2, 3); }
                             callback-widget::part(heading) { color: rgb(4, 5, 6); }`);
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    style = "(element, name) => getComputedStyle(element)[name]"
    assert form.send_button.evaluate(style, "backgroundColor") == "rgb(1, 2, 3)"
    assert form.heading.evaluate(style, "color") == "rgb(4, 5, 6)"


@pytest.mark.parametrize("is_changed", [False, True], ids=["as it was", "changed on its way"])
def test_a_pinned_version_is_checked_by_its_hashes(
    open_page: Callable[..., Page], site: Site, gateway: Gateway, is_changed: bool
) -> None:
    published = gateway.get("/widget/integrity.json").json()
    base, hashes = f"{gateway.origin}/widget/{published['version']}", published["modules"]
    links = "".join(
        f'<link rel="modulepreload" crossorigin href="{base}/{name}" integrity="{value}">'
        for name, value in hashes.items()
    )
    entry = "callback-widget.js"
    script = f'{links}<script type="module" crossorigin src="{base}/{entry}" integrity="{hashes[entry]}">'
    attributes = {"profile": "now", "script": f"{script}</script>"}
    page = open_page()
    if is_changed:

        def change(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=answer.text() + "\n// more")

        page.route(f"{base}/flow.js", change)
    page.goto(site.page(gateway.origin, attributes), wait_until="networkidle")
    if is_changed:
        assert page.evaluate("customElements.get('callback-widget') === undefined")
    else:
        Form(page).number.wait_for()
