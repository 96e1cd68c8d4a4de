"""The pages of /problems ⇔ every code of the contract and openapi.yaml; what no page may do."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from service.http.problem_catalogue import RETRY, Explanation, read_catalogue
from tests.contract.description import DOCUMENT, ROUTING_CODES, operations, problem_examples
from tests.contract.test_codes import CODES, FAULT_CODES
from tests.contract.test_routes import build

CATALOGUE = read_catalogue()
EXPLANATIONS, FAULTS = CATALOGUE.problems, CATALOGUE.field_errors
#: Codes with which a phone may ring: for this request, or for one before it.
MAY_RING = {
    "outcome_unknown",
    "duplicate_callback",
    "idempotency_in_progress",
    "idempotency_key_reused",
    "unknown_callback",
    "callback_final",
    "upstream_error",
    "upstream_unavailable",
}
each_code = pytest.mark.parametrize("code", CODES)


class Page(HTMLParser):
    """A page as a reader finds it: its text, its tags, its links and the ids to jump to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.style = "", ""
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attributes)
        self.links += [str(found["href"])] if tag == "a" else []
        self.ids += [str(found["id"])] if "id" in found else []
        assert not [name for name in found if name == "style" or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["style"] and not self.style:
            self.style = data
        else:
            self.text += data


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """A gateway without a Fonolo: the pages need none."""
    return build().test_client()


def read(client: FlaskClient, path: str) -> Page:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    return Page(answer.text)


def promised(code: str) -> list[tuple[dict[str, object], set[str]]]:
    """List the examples of the code in openapi.yaml, each with its answer's headers."""
    return [
        (example, set(answer["headers"]))
        for operation in operations().values()
        for answer in operation.responses.values()
        for example in problem_examples(answer)
        if example["code"] == code
    ]


def test_every_code_of_the_contract_is_explained_and_no_other() -> None:
    assert set(EXPLANATIONS) == set(CODES)
    assert set(FAULTS) == FAULT_CODES
    assert all(set(fault) == {"means", "do"} for fault in FAULTS.values())


@each_code
def test_a_page_says_what_the_contract_says(client: FlaskClient, code: str) -> None:
    page = read(client, f"/problems/{code}")
    for said in (str(CODES[code]), code, EXPLANATIONS[code].title):
        assert said in page.text
    assert page.tags.count("h1") == 1
    assert "{{" not in page.text.replace("or {{", "")
    assert "`" not in page.text


@each_code
def test_the_example_of_a_page_is_that_of_the_description(code: str) -> None:
    example = json.loads(EXPLANATIONS[code].example)
    assert example["status"] == CODES[code]
    if code not in ROUTING_CODES:
        assert example in [each for each, _ in promised(code)]


@pytest.mark.parametrize("each", EXPLANATIONS.values(), ids=lambda each: each.code)
def test_to_wait_is_told_where_the_answer_says_for_how_long(each: Explanation) -> None:
    assert each.retry in RETRY
    waits = each.status in {429, 503} or each.code == "idempotency_in_progress"
    assert (each.retry == "wait") == waits
    assert all("Retry-After" in headers for _, headers in promised(each.code) if waits)


def test_a_phone_may_ring_only_with_these() -> None:
    assert {e.code for e in EXPLANATIONS.values() if not e.phone.startswith("No:")} == MAY_RING


def test_the_page_of_a_faulty_body_explains_every_fault(client: FlaskClient) -> None:
    for path in ("/problems/validation_failed", "/problems"):
        assert set(read(client, path).ids) == FAULT_CODES


def test_the_index_leads_to_every_page_and_no_link_leads_nowhere(client: FlaskClient) -> None:
    assert {f"/problems/{code}" for code in CODES} <= set(read(client, "/problems").links)
    for path in ("/problems", *(f"/problems/{code}" for code in CODES)):
        for link in set(read(client, path).links):
            assert client.get(link).status_code == 200, f"{path}: {link}"


def test_every_type_of_a_problem_that_is_shown_leads_to_its_page(client: FlaskClient) -> None:
    for example in DOCUMENT["components"]["examples"].values():
        if "type" in example["value"]:
            assert client.get(example["value"]["type"]).status_code == 200


@pytest.mark.parametrize("path", ["/problems", "/problems/validation_failed"])
def test_a_page_allows_its_one_style_and_nothing_else(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    page, policy = Page(answer.text), answer.headers["Content-Security-Policy"]
    digest = b64encode(sha256(page.style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not {"script", "img", "iframe", "form"} & set(page.tags)
    assert not re.search(r"https?:|//", answer.text.replace("<!doctype", ""))


@pytest.mark.parametrize(
    "code",
    [
        "<script>alert(1)</script>",
        "%3Cimg%20src=x%20onerror=alert(1)%3E",
        "outcome_unknown%00",
        "OUTCOME_UNKNOWN",
        "outcome_unknown/",
        "../docs",
        "{{7*7}}",
        "number_not_digits",
    ],
)
def test_what_is_no_code_is_not_found_and_not_repeated(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/problems/{code}", headers={"Referer": "<script>", "Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.json["code"] == "not_found"
    assert not re.search(r"script|alert|img|49", answer.json["detail"])


def test_a_query_changes_nothing(client: FlaskClient) -> None:
    plain = client.get("/problems/rate_limited")
    assert client.get("/problems/rate_limited?code=<script>").data == plain.data


def test_a_page_that_is_still_good_is_not_sent_again(client: FlaskClient) -> None:
    whole = client.get("/problems/rate_limited")
    assert whole.headers["Cache-Control"] == "public, max-age=300"
    again = client.get("/problems/rate_limited", headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head("/problems/rate_limited")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == whole.headers["ETag"]
