"""Pages that were not made for the element: themes, frames, frameworks, old browsers, a server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.form import Form, expect, focused, shape
from tests.browser.test_accessibility import findings, overflow

OpenForm = Callable[..., Form]
_STYLE = "(element, name) => getComputedStyle(element)[name]"


def test_text_is_never_smaller_than_16_pixels_and_grows_with_the_readers_wish(
    open_form: OpenForm,
) -> None:
    form = open_form("now", attributes={"hostile": "1"})
    for root, size in {"62.5%": "16px", "100%": "16px", "200%": "32px"}.items():
        form.page.evaluate("size => { document.documentElement.style.fontSize = size; }", root)
        assert form.number.evaluate(_STYLE, "fontSize") == size, root


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("textTransform", "none"),
        ("letterSpacing", "normal"),
        ("whiteSpace", "normal"),
        ("fontStyle", "normal"),
        ("textShadow", "none"),
        ("textIndent", "0px"),
        ("wordSpacing", "0px"),
        ("lineHeight", "24px"),
    ],
)
def test_what_the_page_does_to_its_text_does_not_leak_in(
    open_form: OpenForm, name: str, value: str
) -> None:
    form = open_form("now", attributes={"hostile": "1"})
    for part in (form.widget.locator(".label").first, form.send_button):
        assert part.evaluate(_STYLE, name) == value


def test_it_is_accessible_and_fits_on_a_hostile_page(open_form: OpenForm) -> None:
    form = open_form("en", attributes={"hostile": "1"}, viewport={"width": 320, "height": 640})
    form.press("Billing")
    form.times()
    assert findings(form) == []
    card = form.widget.locator(".card")
    assert card.evaluate("card => card.scrollWidth - card.clientWidth") == 0
    chips = form.widget.locator(".chips").last
    assert chips.evaluate("chips => chips.scrollWidth - chips.clientWidth") == 0


def test_a_browser_without_light_dark_shows_fields_and_buttons(open_form: OpenForm) -> None:
    def forget(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("light-dark(", "unheard-of("))

    form = open_form("now", setup=lambda page: page.route("**/style*.js", forget))
    form.number.wait_for()
    assert form.send_button.evaluate(_STYLE, "backgroundColor") == "rgb(51, 70, 211)"
    assert form.number.evaluate(_STYLE, "borderTopColor") == "rgb(134, 141, 163)"


@pytest.mark.parametrize("size", [(320, 640), (1280, 720)])
def test_a_refusal_is_in_sight_and_has_the_focus(
    open_form: OpenForm, size: tuple[int, int]
) -> None:
    form = open_form("en", viewport={"width": size[0], "height": size[1]}).to_details()
    form.answer("Phone number", "4163662500")
    form.refuse(409, "duplicate_callback")
    form.send()
    text = "A call back to this number is already on its way."
    expect(form.alert).to_have_text(text)
    assert focused(form.page) == text
    box = form.alert.bounding_box()
    assert box
    assert 0 <= box["y"] <= size[1] - box["height"]


def test_a_second_copy_of_the_script_does_no_harm(open_form: OpenForm) -> None:
    form = open_form("now")
    form.number.fill("416")
    form.page.evaluate("() => import(`${document.scripts[0].src}?again`)")
    expect(form.number).to_have_value("(416")


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
def test_it_can_be_imported_on_a_server() -> None:
    script = f'await import("{Path("widget/callback-widget.js").resolve().as_uri()}")'
    subprocess.run(["node", "--input-type=module", "-e", script], check=True, timeout=30)


def test_it_works_in_a_sandboxed_frame_that_allows_no_forms(
    open_form: OpenForm, open_page: Callable[..., Page], number: str
) -> None:
    form = open_form("now")
    form.number.wait_for()
    form.page.evaluate(
        """() => {
          const frame = document.createElement("iframe");
          frame.sandbox = "allow-scripts allow-same-origin";
          frame.src = location;
          document.body.append(frame);
        }""",
    )
    framed = form.page.frame_locator("iframe").locator("callback-widget")
    framed.locator("#number").fill(number)
    framed.locator("#number").press("Enter")
    expect(framed.locator(".status")).not_to_be_empty()


def test_two_without_an_id_do_not_show_each_others_call(open_form: OpenForm, number: str) -> None:
    twin = "<callback-widget class='second' profile='now' api='{}'></callback-widget>"
    form = open_form("now")
    api = form.widget.get_attribute("api") or ""
    address = f"{form.page.url}&after={twin.format(api)}"
    form.page.goto(address)
    first, second = (Form(form.page, f"callback-widget >> nth={n}") for n in range(2))
    second.number.fill(number)
    second.send()
    second.status.wait_for()
    form.page.reload()
    second.status.wait_for()
    expect(first.number).to_have_value("")


def test_nothing_after_the_first_paint_moves_the_page(open_form: OpenForm) -> None:
    watch = """window.moved = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          window.moved += entry.value;
          window.movers = entry.sources.map(({ node, previousRect, currentRect }) =>
            [node?.outerHTML ?? node?.nodeName, previousRect, currentRect]);
        }
      }).observe({ type: "layout-shift", buffered: true });"""

    def setup(page: Page) -> None:
        page.add_init_script(watch)

    for profile in ("en", "now", "paused"):
        below = {"after": "<p>What stands below</p>", "hostile": ""}
        form = open_form(profile, attributes=below, setup=setup)
        form.heading.wait_for()
        form.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        assert form.page.evaluate("window.moved") == 0, form.page.evaluate("window.movers")


def test_forced_colours_show_the_icon_and_the_steps_behind(open_form: OpenForm) -> None:
    form = open_form("now", forced_colors="active")
    form.number.wait_for()
    before = "element => getComputedStyle(element, '::before').backgroundColor"
    title = form.widget.locator(".title")
    card = form.widget.locator(".card")
    assert title.evaluate(before) != card.evaluate(_STYLE, "backgroundColor")
    form.page.route(
        "**/v1/callbacks/*",
        lambda route: route.fulfill(
            json={"id": "x", "status": "Calling Client", "final": False},
            headers={"Access-Control-Allow-Origin": "*"},
        ),
    )
    form.number.fill("4163662500")
    form.refuse(201, "x", id="x", url="/", start_time=None)
    form.page.route("**/validate", lambda route: route.fulfill(status=204))
    form.send()
    expect(form.widget.locator("[aria-current=step]")).to_contain_text("Calling you")
    marks = form.widget.locator(".marks li")
    assert marks.first.evaluate(before) != marks.last.evaluate(before)


# What a page says when nothing can be asked for


@pytest.mark.parametrize("profile", ["paused", "en"])
def test_what_is_not_available_says_what_to_do_and_shows_the_pages_own(
    open_form: OpenForm, profile: str
) -> None:
    def close(answer: dict[str, Any]) -> None:
        answer["options"] = [{**answer["options"][0], "status": "closed"}]

    def setup(page: Page) -> None:
        page.add_init_script(
            """window.reasons = [];
               addEventListener("callback-unavailable", ({ detail }) => reasons.push(detail.reason));"""
        )
        if profile == "en":
            shape(close)(page)
            shape(lambda answer: answer.update(slots=[]), "**/slots")(page)

    inside = "<p slot=fallback>Call 1 800 555 0100</p>"
    form = open_form(profile, attributes={"inside": inside}, setup=setup)
    expect(form.page.get_by_text("Call 1 800 555 0100")).to_be_visible()
    assert "Please try again later, or call us." in form.text()
    reason = "profile_paused" if profile == "paused" else "option_closed"
    assert form.page.evaluate("reasons") == [reason]
    assert overflow(form) == 0


def test_being_offline_is_not_said_any_longer_once_the_network_is_back(
    open_form: OpenForm, number: str
) -> None:
    form = open_form("now")
    form.number.fill(number)
    form.page.context.set_offline(True)
    form.send()
    expect(form.alert).to_have_text("You seem to be offline.")
    form.page.context.set_offline(False)
    expect(form.alert).to_be_empty()


# Words and times


def test_the_language_is_the_pages_where_there_are_words_for_it(open_form: OpenForm) -> None:
    for page_language, heading in {
        "de-AT": "Worum geht es?",
        "it": "Di cosa ha bisogno?",
        "pt-BR": "Qual é o assunto?",
        "nl": "De quoi s’agit-il\u202f?",  # no words: the profile's own
    }.items():
        form = open_form("fr", attributes={"page-lang": page_language})
        expect(form.heading).to_have_text(heading)
        option = form.widget.locator(".choice b").first
        expect(option).to_have_attribute("dir", "auto")
        expect(option).to_have_attribute("lang", "fr")


@pytest.mark.parametrize(
    ("locale", "profile", "shown"),
    [
        ("fr-FR", "fr", ["05:45", "12:15", "23:30"]),
        ("de-DE", "en", ["05:45", "12:15", "23:30"]),
        ("en-GB", "en", ["05:45", "12:15", "23:30"]),
        ("en-US", "en", ["5:45 AM", "12:15 PM", "11:30 PM"]),
    ],
)
def test_hours_are_written_one_way_and_a_slot_until_midnight_is_of_one_day(
    open_form: OpenForm, locale: str, profile: str, shown: list[str]
) -> None:
    times = [("05:45", "06:15"), ("12:15", "12:45"), ("23:30", "24:00")]
    day = "2027-01-0{}T{}:00-05:00"
    slots = [
        {
            "start_time": day.format(7, start),
            "end_time": day.format(8, "00:00") if end == "24:00" else day.format(7, end),
        }
        for start, end in times
    ]
    form = open_form(profile, locale=locale, attributes={"page-lang": profile})
    form.page.route(
        "**/slots",
        lambda route: route.fulfill(
            json={"slots": slots}, headers={"Access-Control-Allow-Origin": "*"}
        ),
    )
    form.widget.locator(".choice").first.click()
    form.widget.locator("[role=radiogroup]").wait_for()
    starts = form.widget.locator("[role=radiogroup] .face span").evaluate_all(
        "faces => faces.filter(each => !each.className).map(each => each.firstChild.textContent)"
    )
    assert [each.replace("\u202f", " ") for each in starts] == shown
    form.choose_time(2)
    summary = form.widget.locator(".summary").inner_text()
    assert summary.count("2027") == 0
    assert not set("89") & set(summary.split(",")[0])
    assert form.widget.locator("legend").count() == 0


def test_days_begin_with_a_capital_letter(open_form: OpenForm) -> None:
    form = open_form("fr")
    form.press("Facturation")
    form.times()
    for text in form.widget.locator("legend, .face small").all_inner_texts():
        assert text[0].isupper(), text


@pytest.mark.parametrize("language", ["C", "", "en-US@posix", "x"])
def test_a_device_with_an_odd_language_breaks_nothing(open_form: OpenForm, language: str) -> None:
    def setup(page: Page) -> None:
        odd = f"Object.defineProperty(navigator, 'language', {{ value: '{language}' }});"
        page.add_init_script(odd)
        shape(lambda profile: profile.update(countries=None))(page)

    form = open_form("en", setup=setup)
    form.press("Billing")
    assert form.times()
    form.press("As soon as possible")
    form.number.fill("4163662500")
    expect(form.number).to_have_value("(416) 366-2500")
