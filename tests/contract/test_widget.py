"""The widget's files: as they are written, for any site, compressed, kept for good by version."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.running import Gateway

WIDGET = Path("widget")
FILES = sorted(
    path.relative_to(WIDGET).as_posix() for path in WIDGET.rglob("*.js") if path.name != "demo.js"
)


@pytest.fixture(scope="module")
def version(gateway: Gateway) -> str:
    (found,) = set(re.findall(r'"\./widget/(.+?)/', gateway.get("/widget.js").text))
    return str(found)


def test_the_script_is_the_entry_led_to_the_modules_of_this_version(
    gateway: Gateway, version: str
) -> None:
    source = (WIDGET / "callback-widget.js").read_text("utf-8")
    served = gateway.get("/widget.js").text
    assert served == source.replace('"./', f'"./widget/{version}/')


@pytest.mark.parametrize("name", FILES)
def test_each_module_is_served_as_it_is_written_to_any_site_for_good(
    gateway: Gateway, version: str, name: str
) -> None:
    answer = gateway.get(f"/widget/{version}/{name}")
    assert answer.content == (WIDGET / name).read_bytes()
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_hash_of_each_module_is_published_for_any_site(gateway: Gateway, version: str) -> None:
    answer = gateway.get("/widget/integrity.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    published = answer.json()
    assert published["version"] == version
    assert sorted(published["modules"]) == sorted(FILES)
    for name, value in published["modules"].items():
        digest = hashlib.sha384((WIDGET / name).read_bytes()).digest()
        assert value == f"sha384-{base64.b64encode(digest).decode()}", name


def test_a_version_that_is_no_more_leads_to_the_one_there_is(
    gateway: Gateway, version: str
) -> None:
    for name in ("element.js", "words/fr.js"):
        answer = gateway.get(f"/widget/{'0' * 16}/{name}", allow_redirects=False)
        assert answer.status_code == 302
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert urljoin("/widget/", answer.headers["Location"]) == f"/widget/{version}/{name}"


@pytest.mark.parametrize("name", ["nothing.js", "demo.js", "words/xx.js", "../service/app.py"])
def test_nothing_else_is_served(gateway: Gateway, version: str, name: str) -> None:
    assert gateway.get(f"/widget/{version}/{name}").status_code == 404


@pytest.mark.parametrize(
    ("accepts", "is_zipped"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("identity", False), ("gzip;q=0", False)],
)
def test_it_comes_compressed_to_who_accepts_that(
    gateway: Gateway, version: str, accepts: str, is_zipped: bool
) -> None:
    headers = {"Accept-Encoding": accepts}
    answer = gateway.get(f"/widget/{version}/flow.js", headers=headers, stream=True)
    body = answer.raw.read(decode_content=False)
    assert (answer.headers.get("Content-Encoding") == "gzip") is is_zipped
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert (gzip.decompress(body) if is_zipped else body) == (WIDGET / "flow.js").read_bytes()
