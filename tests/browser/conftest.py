"""The widget in real Chromium: a host page on one origin, the gateway on another, a simulator.

Without Chromium or Playwright none of it is collected, and one line at the end says so.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import running
from tests.browser.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.form import Form

#: The simulator's profiles, as the demo names them.
PROFILES = {
    "default": running.WEB_PROFILE,
    "en": "CP990c4a1841ef302579e1fd6556318be8",
    "fr": "CP5b5b5f52d058aa3b3ba03980350ddc87",
    "es": "CPc49fe0f25045ccedc981b9b895f7890d",
    "now": "CPa3a475eccf3ba9bbb3acd505e5dc219e",
    "paused": "CPafe5948195ec0676a832e0d3613aa0d7",
}
_NAMES = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else ["chromium", "chromium-browser"]
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_NEEDED = ("playwright", "axe_playwright_python")
_MISSING = [name for name in _NEEDED if not importlib.util.find_spec(name)]
_IS_ABLE = bool(CHROMIUM) and not _MISSING

#: Where pictures are kept; those of the guide are renewed on demand only.
_KEPT, _GUIDE = Path("artifacts/browser"), Path("docs/images")
_RENEW = bool(os.environ.get("SCREENSHOTS"))

#: What has a target of its own in the Makefile: the variable that asks for it.
_ON_DEMAND = {
    "test_pictures.py": "SCREENSHOTS",
    "test_engines.py": "ENGINES",
    "test_installs.py": "WIDGET_PACKAGE",
}

if not _IS_ABLE:
    collect_ignore_glob = ["test_*.py"]
else:
    collect_ignore_glob = [name for name, asked in _ON_DEMAND.items() if asked not in os.environ]


def picture(page: Page, name: str, *, is_shown: bool = True, **more: Any) -> None:
    """Keep a picture of the page; `is_shown`: the guide shows it."""
    page.evaluate("document.fonts.ready")
    folder = _GUIDE if _RENEW and is_shown else _KEPT
    size = page.viewport_size
    if size and more.get("full_page"):  # so high that no scrollbar takes room
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({**size, "height": max(size["height"], height)})
    page.screenshot(path=folder / f"{name}.png", **more)
    if size:
        page.set_viewport_size(size)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line what was not run, and how to get it."""
    if not _IS_ABLE:
        terminalreporter.write_line(
            "tests/browser was not run: it needs Chromium (make chromium, or its path in CHROMIUM)",
            yellow=True,
        )


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A company's own site, on an origin of its own, under a strict CSP."""
    with Site() as site:
        yield site


@pytest.fixture(scope="session")
def session_simulator() -> Iterator[running.Simulator]:
    # Tomorrow morning: at any hour of today there may be few slots left, or none.
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    now = tomorrow.strftime("%Y-%m-%d 14:00:00")
    with running.simulator("--speed", "60", "--now", now) as simulator:
        yield simulator


@pytest.fixture
def simulator(session_simulator: running.Simulator) -> Iterator[running.Simulator]:
    yield session_simulator
    session_simulator.heal()


@pytest.fixture(scope="session")
def open_gateway(session_simulator: running.Simulator, site: Site) -> Callable[..., Any]:
    """Run a gateway for the site, with settings of one's own."""

    def open_one(**settings: str) -> Any:
        profiles = ",".join(f"{alias}={sid}" for alias, sid in PROFILES.items())
        settings = {"CALLBACK_PROFILES": profiles, "CORS_ORIGINS": site.origin, **settings}
        return running.gateway(session_simulator, **settings)

    return open_one


@pytest.fixture(scope="session")
def gateway(open_gateway: Callable[..., Any]) -> Iterator[running.Gateway]:
    with open_gateway(CACHE_PROFILE_TTL="0", CACHE_SLOTS_TTL="0", FONOLO_TIMEOUT="2,3") as gateway:
        yield gateway


@pytest.fixture(scope="session")
def browser(gateway: running.Gateway) -> Iterator[Browser]:
    """Chromium; it goes before the gateway, which would wait for its connections."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=_FLAGS,
            ignore_default_args=["--hide-scrollbars"],  # a scrollbar that users see
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def strict_gateway(open_gateway: Callable[..., Any]) -> Iterator[running.Gateway]:
    """A gateway that calls any country, each number once an hour."""
    with open_gateway(NUMBER_COUNTRIES="*", LIMIT_NUMBER="1/hour", DUPLICATE_WINDOW="0") as gateway:
        yield gateway


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page for a visitor in Toronto; fail where a script fails or the CSP is violated."""
    contexts, wrong = [], []

    def note(message: Any) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    def open_one(**visitor: Any) -> Page:
        visitor = {
            "locale": "en-CA",
            "timezone_id": "America/Toronto",
            "viewport": {"width": 480, "height": 900},
            "reduced_motion": "reduce",
            **visitor,
        }
        context = browser.new_context(**visitor)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", note)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def open_form(
    open_page: Callable[..., Page], site: Site, gateway: running.Gateway
) -> Callable[..., Form]:
    """Open the host page with the widget: attributes of it, then what the visitor is like."""
    from tests.browser.form import Form

    def open_one(
        profile: str = "en",
        *,
        of: running.Gateway | None = None,
        attributes: dict[str, str] | None = None,
        setup: Callable[[Page], None] | None = None,
        **visitor: Any,
    ) -> Form:
        page = open_page(**visitor)
        if setup:
            setup(page)
        api = (of or gateway).origin
        page.goto(site.page(api, {"profile": profile, **(attributes or {})}))
        return Form(page)

    return open_one


_NUMBERS = count(1000)


@pytest.fixture
def number() -> str:
    """A number in Toronto that no other test uses, and that succeeds."""
    return f"416555{next(_NUMBERS)}"
