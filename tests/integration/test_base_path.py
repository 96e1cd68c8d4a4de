"""BASE_PATH: all that the gateway gives out stands under it, whether the proxy strips it or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from tests import running
from tests.running import Gateway, Process, Simulator

PUBLIC = "https://www.example.com"
BASE = "/eu/callbacks"
PROFILE = f"{BASE}/v1/profiles/default"
NUMBER = "14163662500"


class Proxy:
    """What publishes a gateway at PUBLIC + BASE, and strips BASE from requests or does not."""

    def __init__(self, origin: str, strips: bool) -> None:
        self._origin = origin
        self._strips = strips

    def ask(self, url: str, method: str = "GET", **options: Any) -> requests.Response:
        """Send a request as the public sends it: only what stands under BASE comes through."""
        path = urljoin(PUBLIC, url).removeprefix(PUBLIC)
        assert path.startswith(f"{BASE}/"), path
        sent = path.removeprefix(BASE) if self._strips else path
        return requests.request(
            method, self._origin + sent, allow_redirects=False, timeout=30, **options
        )


@pytest.fixture(scope="module")
def gateway(module_simulator: Simulator) -> Iterator[Gateway]:
    settings = {"BASE_PATH": BASE, "CORS_ORIGINS": "https://shop.example", "DUPLICATE_WINDOW": "0"}
    with running.gateway(module_simulator, **settings) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    port, metrics = running.free_ports(2)
    env = {"PORT": str(port), "METRICS_PORT": str(metrics), "BASE_PATH": BASE}
    process = Process(["callback-gateway", "demo", "--simulator-port", "0"], env)
    try:
        process.wait_for(rf"http://127\.0\.0\.1:{port}{BASE}/demo")
        process.wait_for("Ctrl-C stops both")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()


@pytest.fixture(params=[True, False], ids=["strips", "does not strip"])
def proxy(request: pytest.FixtureRequest, gateway: Gateway) -> Proxy:
    return Proxy(gateway.origin, request.param)


def test_a_call_back_is_started_followed_and_cancelled_by_what_is_given_out(proxy: Proxy) -> None:
    started = proxy.ask(f"{PROFILE}/callbacks", "POST", json={"number": NUMBER})
    assert started.status_code == 201
    url = started.headers["Location"]
    assert url == started.json()["url"] == f"{BASE}/v1/callbacks/{started.json()['id']}"
    assert proxy.ask(url).json()["id"] == started.json()["id"]
    assert proxy.ask(f"{url}/cancel", "POST").status_code == 204


@pytest.mark.parametrize(
    ("path", "method", "code"),
    [
        ("/v1/profiles/nobody", "GET", "unknown_profile"),
        ("/nothing", "GET", "not_found"),
        ("/v1/profiles/default", "POST", "method_not_allowed"),
        ("/v1/profiles/default/callbacks", "POST", "unsupported_media_type"),
    ],
)
def test_the_type_of_a_problem_leads_to_its_page(
    proxy: Proxy, path: str, method: str, code: str
) -> None:
    problem = proxy.ask(BASE + path, method).json()
    assert (problem["code"], problem["type"]) == (code, f"{BASE}/problems/{code}")
    assert proxy.ask(problem["type"]).status_code == 200


def test_browsers_of_other_origins_are_let_in_and_requests_are_counted(proxy: Proxy) -> None:
    answer = proxy.ask(PROFILE, headers={"Origin": "https://shop.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    again = proxy.ask(PROFILE, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_description_names_the_base_path(proxy: Proxy) -> None:
    text = proxy.ask(f"{BASE}/openapi.yaml").text
    assert f"servers:\n  - url: {BASE}\n" in text
    assert f"[/problems]({BASE}/problems)" in text


@pytest.mark.parametrize("page", ["/docs", "/problems", "/problems/not_found", "/widget.js"])
def test_what_a_page_leads_to_comes_through(proxy: Proxy, page: str) -> None:
    assert followed(proxy, f"{BASE}{page}") > 1


@pytest.mark.parametrize("strips", [True, False])
def test_the_demos_page_comes_through_too(demo: str, strips: bool) -> None:
    proxy = Proxy(demo, strips)
    assert followed(proxy, f"{BASE}/demo") > 5
    assert proxy.ask(f"{BASE}/demo/config.json").json()["profiles"]


def test_modules_of_an_earlier_version_lead_to_those_of_this_one(proxy: Proxy) -> None:
    moved = proxy.ask(f"{BASE}/widget/0123456789abcdef/gateway.js")
    assert moved.status_code == 302
    assert proxy.ask(moved.headers["Location"]).status_code == 200


def test_the_example_of_a_problems_page_has_the_type_that_is_given_out(proxy: Proxy) -> None:
    assert f"{BASE}/problems/not_found&#34;" in proxy.ask(f"{BASE}/problems/not_found").text


class _Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attributes if name in ("href", "src") and value}


def followed(proxy: Proxy, page: str) -> int:
    """Ask for all that a page of ours leads to, and so on; return how much there is."""
    known, waiting = {page}, [page]
    while waiting:
        url = waiting.pop()
        answer = proxy.ask(url)
        assert answer.status_code == 200, url
        known_before = set(known)
        known |= {urljoin(PUBLIC + url, link).removeprefix(PUBLIC) for link in links(answer)}
        known = {each.partition("#")[0] for each in known if urlsplit(each).scheme == ""}
        waiting += known - known_before
    return len(known)


def links(answer: requests.Response) -> set[str]:
    if answer.headers["Content-Type"].startswith("text/html"):
        return _Links(answer.text).found
    if "javascript" in answer.headers["Content-Type"] and len(answer.content) < 100_000:
        return set(re.findall(r'(?:from|import) "(\.[^"]+)"', answer.text))
    return set()
