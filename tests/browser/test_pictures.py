"""The demo page's pictures for the guide, on demand: `SCREENSHOTS=1 make test-browser`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import picture
from tests.browser.form import Form, expect
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
