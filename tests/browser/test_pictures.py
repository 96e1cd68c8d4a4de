"""Pictures for the guide: the demo page, and the names of the widget's parts, on demand: `SCREENSHOTS=1 make test-browser`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import picture
from tests.browser.form import Form, expect
from tests.browser.states import STATES
from tests.browser.test_demo import run_demo


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_demo_page_has_its_picture(open_page: Callable[..., Page], scheme: str) -> None:
    with run_demo(speed=4) as address:
        page = open_page(color_scheme=scheme, viewport={"width": 1280, "height": 1000})
        page.goto(address)
        form = Form(page).to_details()
        form.answer("Phone number", "4163662500")
        form.send()
        expect(form.status).to_have_text("We’re waiting in the queue for you.")
        expect(page.frame_locator("#console").get_by_text("Holding").first).to_be_visible()
        page.evaluate("scrollTo(0, 0)")
        picture(page, f"demo-{scheme}")
        page.close()


#: Draws a frame around the first element of each part, and its name above it.
LABELS = """() => {
  const { shadowRoot } = document.querySelector("callback-widget");
  const named = new Set();
  for (const element of shadowRoot.querySelectorAll("[part]")) {
    const { x, y, width, height } = element.getBoundingClientRect();
    const name = element.getAttribute("part");
    if (named.has(name) || width < 2 || element.matches(":empty:not(input, textarea)")) continue;
    named.add(name);
    const frame = document.createElement("div");
    const label = document.createElement("b");
    label.textContent = name;
    Object.assign(frame.style, { position: "absolute", outline: "2px solid #c2185b", left: `${x}px`,
      top: `${y + scrollY}px`, width: `${width}px`, height: `${height}px`, pointerEvents: "none" });
    Object.assign(label.style, { position: "absolute", right: "0", top: "-2px", font: "12px/1.2 sans-serif",
      padding: "1px 5px", color: "#fff", background: "#c2185b" });
    frame.append(label);
    document.body.append(frame);
  }
}"""


@pytest.mark.parametrize("state", ["when", "details", "progress"])
def test_the_parts_have_their_picture(open_form: Callable[..., Form], state: str) -> None:
    form = open_form("en", viewport={"width": 480, "height": 900})
    for name, reach in STATES.items():
        reach(form)
        if name == state:
            break
    form.page.evaluate(LABELS)
    picture(form.page, f"widget-parts-{state}", full_page=True)


def test_the_variables_have_their_picture(open_form: Callable[..., Form]) -> None:
    form = open_form("en", viewport={"width": 480, "height": 900})
    STATES["when"](form)
    form.widget.evaluate(
        """widget => {
          const looks = { accent: "#0b6b4f", "on-accent": "#fffbe6", surface: "#f4fbf7", text: "#06251a",
            muted: "#3d6b5a", line: "#9fd6c0", edge: "#2f8f6f", radius: "3px", font: "Georgia, serif" };
          for (const [name, value] of Object.entries(looks)) widget.style.setProperty(`--callback-${name}`, value);
        }"""
    )
    picture(form.page, "widget-variables", full_page=True)
