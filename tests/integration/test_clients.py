"""Who is counted as whom, over HTTP: trusted and untrusted peers, IPv6 networks, CORS, headers."""

from __future__ import annotations

import http.client
import itertools
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests import running
from tests.running import Gateway, Simulator

PROFILE = "/v1/profiles/default"
STARTS = f"{PROFILE}/callbacks"
LIMITS = {"LIMIT_START": "2/minute", "LIMIT_READ": "3/minute"}
ORIGIN = "https://www.shop.example"
_serial = itertools.count(1)


@pytest.fixture(scope="module")
def proxied(module_simulator: Simulator) -> Iterator[Gateway]:
    """A gateway whose peer, this test, is a trusted proxy."""
    settings = {
        **LIMITS,
        "TRUSTED_PROXIES": "127.0.0.0/8,10.0.0.0/8",
        "CORS_ORIGINS": f"{ORIGIN},https://other.example",
        "LIMIT_NUMBER": "1/minute",
        "LIMIT_PREFIX": "2/minute",
    }
    with running.gateway(module_simulator, **settings) as gateway:
        yield gateway
        gateway.session.close()  # an idle connection makes the stop take seconds


@pytest.fixture(scope="module")
def direct(module_simulator: Simulator) -> Iterator[Gateway]:
    """A gateway that trusts nobody, and whose global budget is small."""
    settings = {**LIMITS, "CORS_ORIGINS": "*", "LIMIT_START_GLOBAL": "1/minute"}
    with running.gateway(module_simulator, **settings) as gateway:
        yield gateway
        gateway.session.close()  # an idle connection makes the stop take seconds


@pytest.fixture
def client() -> dict[str, str]:
    """The header of a client that has asked for nothing yet."""
    return via(f"198.51.100.{next(_serial)}")


def via(*hops: str) -> dict[str, str]:
    return {"X-Forwarded-For": ", ".join(hops)}


def read(gateway: Gateway, headers: dict[str, str]) -> int:
    return gateway.get(PROFILE, headers=headers).status_code


def test_each_client_has_its_own_budget_and_is_told_of_it(
    proxied: Gateway, client: dict[str, str]
) -> None:
    found = [proxied.get(PROFILE, headers=client) for _ in range(4)]
    assert [each.status_code for each in found] == [200, 200, 200, 429]
    assert [each.headers["X-RateLimit-Remaining"] for each in found] == ["2", "1", "0", "0"]
    assert {each.headers["X-RateLimit-Limit"] for each in found} == {"3"}
    assert all("RateLimit" in each.headers and "RateLimit-Policy" in each.headers for each in found)
    assert ["Retry-After" in each.headers for each in found] == [False, False, False, True]
    problem = found[-1].json()
    assert (problem["code"], problem["scope"]) == ("rate_limited", "client")
    assert 1 <= int(found[-1].headers["Retry-After"]) <= 60
    assert read(proxied, via("203.0.113.1")) == 200


def test_starts_and_reads_are_counted_apart(proxied: Gateway, client: dict[str, str]) -> None:
    starts = [
        proxied.post(STARTS, json={"number": "1"}, headers=client).status_code for _ in range(3)
    ]
    assert starts == [422, 422, 429]
    assert read(proxied, client) == 200


def test_a_limit_goes_before_size_type_and_content(
    proxied: Gateway, client: dict[str, str]
) -> None:
    for _ in range(2):
        assert proxied.post(STARTS, data=b"{", headers=client).status_code == 415
    for data in (b" " * 20_000, b"{"):
        assert proxied.post(STARTS, data=data, headers=client).status_code == 429
    unknown = proxied.post("/v1/profiles/nobody/callbacks", json={}, headers=client)
    assert unknown.status_code == 429


def test_a_spoofed_hop_does_not_make_another_client(
    proxied: Gateway, client: dict[str, str]
) -> None:
    real = client["X-Forwarded-For"]
    found = [read(proxied, via(f"192.0.2.{n}", real)) for n in range(4)]
    assert found == [200, 200, 200, 429]


def test_a_trusted_hop_is_looked_through(proxied: Gateway, client: dict[str, str]) -> None:
    real = client["X-Forwarded-For"]
    found = [read(proxied, via(real, f"10.0.0.{n}")) for n in range(4)]
    assert found == [200, 200, 200, 429]


def test_addresses_of_one_ipv6_64_are_one_client(proxied: Gateway) -> None:
    found = [read(proxied, via(f"2001:db8:0:1:{n:x}::{n:x}")) for n in range(1, 5)]
    assert found == [200, 200, 200, 429]
    assert read(proxied, via("2001:db8:0:2::1")) == 200


def test_an_ipv4_address_is_one_client_in_either_spelling(
    proxied: Gateway, client: dict[str, str]
) -> None:
    real = client["X-Forwarded-For"]
    hops = [real, f"::ffff:{real}", f"{real}:4711", f"[::ffff:{real}]:80"]
    assert [read(proxied, via(hop)) for hop in hops] == [200, 200, 200, 429]


def test_two_headers_are_read_as_one(proxied: Gateway, client: dict[str, str]) -> None:
    found = []
    for n in range(4):
        connection = http.client.HTTPConnection(urlsplit(proxied.origin).netloc, timeout=10)
        connection.putrequest("GET", PROFILE)
        connection.putheader("X-Forwarded-For", f"192.0.2.{n}")
        connection.putheader("X-Forwarded-For", client["X-Forwarded-For"])
        connection.endheaders()
        found.append(connection.getresponse().status)
        connection.close()
    assert found == [200, 200, 200, 429]


def test_a_peer_that_is_not_trusted_cannot_choose_who_it_is(direct: Gateway) -> None:
    found = []
    for n in range(5):
        spoofed = {
            **via(f"198.51.100.{n}"),
            "Forwarded": f"for=198.51.100.{n}",
            "X-Real-IP": f"198.51.100.{n}",
            "X-Client-IP": f"198.51.100.{n}",
            "CF-Connecting-IP": f"198.51.100.{n}",
        }
        found.append(direct.post(STARTS, json={"number": "1"}, headers=spoofed).status_code)
    assert found == [422, 422, 429, 429, 429]


def test_a_number_is_protected_whoever_asks_and_then_its_range(
    proxied: Gateway, simulator: Simulator
) -> None:
    def start(number: str) -> requests.Response:
        headers = via(f"203.0.113.{next(_serial) + 50}")
        return proxied.post(STARTS, json={"number": number}, headers=headers)

    before = len(simulator.calls())
    assert start("14166042501").status_code == 201
    assert start("14166042501").json()["code"] == "duplicate_callback"
    assert start("14166042502").status_code == 201
    refused = start("14166042503")
    assert (refused.status_code, refused.json()["scope"]) == (429, "number")
    assert refused.headers["Retry-After"]
    assert len(simulator.calls()) - before == 2


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.yaml", "/widget.js", "/docs"])
def test_what_is_not_under_v1_is_not_limited(
    proxied: Gateway, client: dict[str, str], path: str
) -> None:
    found = [proxied.get(path, headers=client) for _ in range(6)]
    assert {each.status_code for each in found} == {200}
    assert not [each for each in found if "X-RateLimit-Limit" in each.headers]


class TestCors:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            (PROFILE, 200),
            ("/v1/profiles/nobody", 404),
            ("/v1/nothing", 404),
            (STARTS, 405),
            (f"{PROFILE}/options/CO/slots", 404),
        ],
    )
    def test_it_covers_answers_and_errors(
        self, proxied: Gateway, client: dict[str, str], path: str, status: int
    ) -> None:
        answer = proxied.get(path, headers={**client, "Origin": ORIGIN})
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        exposed = answer.headers["Access-Control-Expose-Headers"].lower().split(", ")
        assert {"location", "retry-after", "etag", "idempotency-replayed"} <= set(exposed)
        assert {"x-request-id", "ratelimit", "ratelimit-policy"} <= set(exposed)

    def test_it_covers_a_429(self, proxied: Gateway, client: dict[str, str]) -> None:
        found = [proxied.get(PROFILE, headers={**client, "Origin": ORIGIN}) for _ in range(4)]
        assert found[-1].status_code == 429
        assert found[-1].headers["Access-Control-Allow-Origin"] == ORIGIN

    def test_a_preflight_is_answered_and_not_limited(
        self, proxied: Gateway, client: dict[str, str]
    ) -> None:
        asked = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,idempotency-key",
        }
        for _ in range(6):
            answer = proxied.session.options(
                proxied.origin + STARTS, headers={**client, **asked}, timeout=10
            )
            assert answer.status_code in {200, 204}
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        assert "content-type" in allowed
        assert "idempotency-key" in allowed

    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "null",
            "http://www.shop.example",
            "https://www.shop.example.evil.example",
            "https://wwwXshop.example",
            "https://www.shop.example:8443",
        ],
    )
    def test_another_origin_is_not_let_in(
        self, proxied: Gateway, client: dict[str, str], origin: str
    ) -> None:
        answer = proxied.get(PROFILE, headers={**client, "Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_no_credentials_are_let_through(self, proxied: Gateway, client: dict[str, str]) -> None:
        answer = proxied.get(PROFILE, headers={**client, "Origin": ORIGIN})
        assert "Access-Control-Allow-Credentials" not in answer.headers

    @pytest.mark.parametrize("origin", [{}, {"Origin": ORIGIN}, {"Origin": "https://x.example"}])
    def test_a_cache_is_told_that_the_answer_varies(
        self, proxied: Gateway, client: dict[str, str], origin: dict[str, str]
    ) -> None:
        answer = proxied.get(PROFILE, headers={**client, **origin})
        assert "public" in answer.headers["Cache-Control"]
        assert "origin" in answer.headers.get("Vary", "").lower()

    def test_a_star_lets_every_origin_in(self, direct: Gateway) -> None:
        answer = direct.get(PROFILE, headers={"Origin": "https://anyone.example"})
        allowed = answer.headers["Access-Control-Allow-Origin"]
        assert allowed in {"*", "https://anyone.example"}
        assert allowed == "*" or "origin" in answer.headers.get("Vary", "").lower()

    def test_the_widget_is_open_to_all(self, proxied: Gateway) -> None:
        answer = proxied.get("/widget.js", headers={"Origin": "https://anyone.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


class TestHeaders:
    @pytest.mark.parametrize("name", ["a", "A-z_0.9", "x" * 64])
    def test_a_request_id_that_fits_is_echoed(self, proxied: Gateway, name: str) -> None:
        answer = proxied.get("/v1/nothing", headers={"X-Request-ID": name})
        assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == name

    @pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a;b", "<script>", "é"])
    def test_any_other_is_replaced(self, proxied: Gateway, name: str) -> None:
        headers = {"X-Request-ID": name.encode("latin-1")}
        answer = proxied.get("/v1/nothing", headers=headers)  # type: ignore[arg-type]
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", answer.headers["X-Request-ID"])
        assert answer.headers["X-Request-ID"] != name

    def test_what_changes_is_not_kept_and_what_is_configured_is(
        self, proxied: Gateway, client: dict[str, str]
    ) -> None:
        answer = proxied.get(PROFILE, headers=client)
        etag = answer.headers["ETag"]
        again = proxied.get(PROFILE, headers={**client, "If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        error = proxied.get("/v1/profiles/nobody", headers=client)
        assert error.headers["Cache-Control"] == "no-store"

    def test_it_does_not_say_what_it_is_made_of(self, proxied: Gateway) -> None:
        server = proxied.get("/healthz").headers.get("Server", "").lower()
        assert "python" not in server
        assert "werkzeug" not in server


def test_the_global_budget_is_for_all_together(direct: Gateway, simulator: Simulator) -> None:
    # Last: the client's own starts are used up by the tests above, so this needs another peer.
    found = []
    for n, number in enumerate(("16135550142", "16135550143")):
        with requests.Session() as session:
            adapter = requests.adapters.HTTPAdapter()
            adapter.init_poolmanager(1, 1, source_address=(f"127.0.0.{n + 2}", 0))
            session.mount("http://", adapter)
            found.append(session.post(direct.origin + STARTS, json={"number": number}, timeout=20))
    assert [each.status_code for each in found] == [201, 429]
    assert found[1].json()["scope"] == "global"
    assert sum(c["form"]["fc_number"].startswith("1613555") for c in simulator.calls()) == 1
