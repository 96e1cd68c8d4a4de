"""The demo page: the widget beside the simulator's console, under a strict CSP of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page

from tests.browser.form import Form, expect
from tests.browser.test_accessibility import findings, overflow
from tests.running import Process, free_ports


@contextmanager
def run_demo(speed: int) -> Iterator[str]:
    """Run `callback-gateway demo`; yield the address of its page."""
    ports = free_ports(2)
    process = Process(
        ["callback-gateway", "demo", "--simulator-port", "0", "--speed", str(speed)],
        {"PORT": str(ports[0]), "METRICS_PORT": str(ports[1])},
    )
    try:
        process.wait_for("Ctrl-C stops both")
        yield f"http://127.0.0.1:{ports[0]}/demo"
    finally:
        process.stop()


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with run_demo(speed=60) as address:
        yield address


@pytest.fixture
def page(open_page: Callable[..., Page], demo: str) -> Page:
    page: Page = open_page(viewport={"width": 1360, "height": 900})
    page.goto(demo)
    return page


def test_a_call_back_is_seen_to_travel(page: Page) -> None:
    form = Form(page).to_details()
    form.answer("Phone number", "4163662599")
    form.send()
    console = page.frame_locator("#console")
    expect(console.get_by_text("+14163662599").first).to_be_visible()
    expect(form.status).to_have_text("Your call back is complete. Thank you!")
    started = page.locator("#log li", has_text="callback-started")
    expect(started).to_be_visible()
    assert "id" not in started.inner_text().replace("callback-started", "")


def test_the_switches_change_the_widget_and_stay_in_the_address(page: Page) -> None:
    form = Form(page)
    page.get_by_label("Language").select_option("fr")
    expect(form.heading).to_have_text("De quoi s’agit-il\u202f?")
    page.get_by_label("Profile", exact=True).select_option("es")
    page.get_by_label("Language").select_option("")
    expect(form.heading).to_have_text("¿De qué se trata?")
    page.get_by_label("Theme").select_option("dark")
    assert 'profile="es"' in page.locator("#snippet").inner_text()
    assert 'theme="dark"' in page.locator("#snippet").inner_text()
    page.reload()
    expect(form.heading).to_have_text("¿De qué se trata?")
    expect(page.get_by_label("Theme")).to_have_value("dark")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_page(page: Page, theme: str) -> None:
    page.get_by_label("Theme").select_option(theme)
    form = Form(page)
    form.heading.wait_for()
    for accent in ("", "forest", "plum", "ink"):
        page.get_by_label("Colour").select_option(accent)
        form.heading.wait_for()
        assert findings(form) == []


def test_it_fits_a_phone(open_page: Callable[..., Page], demo: str) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    page.goto(demo)
    Form(page).heading.wait_for()
    assert overflow(Form(page)) == 0
