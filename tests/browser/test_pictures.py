"""Pictures for the documentation: `SCREENSHOTS=1 pytest tests/browser/test_pictures.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.form import Form, expect
from tests.browser.states import STATES
from tests.browser.test_demo import run_demo

IMAGES = Path("docs/images")
#: The states worth a picture; the others are passed through.
SHOWN = ("about", "when", "details", "faults", "progress", "ended", "unknown")
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 460, "height": 760}},
    "dark": {"viewport": {"width": 460, "height": 760}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}},
}


@pytest.mark.parametrize("look", LOOKS)
def test_each_step_has_its_picture(open_form: Callable[..., Form], look: str) -> None:
    form = open_form("en", **LOOKS[look])
    for name, reach in STATES.items():
        reach(form)
        if name in SHOWN:
            form.page.evaluate("document.fonts.ready")
            form.page.screenshot(path=IMAGES / f"widget-{name}-{look}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_demo_page_has_its_picture(open_page: Callable[..., Page], scheme: str) -> None:
    with run_demo(speed=4) as address:
        page = open_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
        page.goto(address)
        form = Form(page).to_details()
        form.answer("Phone number", "4163662500")
        form.send()
        expect(form.status).to_have_text("We are waiting in line for you.")
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(1000)  # for the console to have heard of it
        page.screenshot(path=IMAGES / f"demo-{scheme}.png")
        page.close()
