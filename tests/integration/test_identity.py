"""Who asks, signed by the host: against the running gateway, in memory and over Redis."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import running
from tests.contract.calling import captcha, site_verify
from tests.contract.description import hold
from tests.running import CUSTOMER_SERVICE, DOCUMENT_PROFILE, Gateway, Process, Simulator, poll
from tests.unit.service.identity.hosts import (
    ES256,
    RS256,
    SECRET,
    SHARED,
    STRANGER,
    Host,
    bearer,
    jwk_set,
)

START = "/v1/profiles/default/callbacks"
VALIDATE = f"{START}/validate"
_numbers = (f"1416367{last}" for last in itertools.count(2500))


@dataclass
class Service:
    """Some replicas, which are asked in turn."""

    replicas: list[Gateway]
    turn: int = 0

    def post(self, path: str = START, **request: Any) -> requests.Response:
        self.turn += 1
        return self.replicas[self.turn % len(self.replicas)].post(path, **request)

    def start(
        self, token: str | None, *, path: str = START, key: str | None = None, **body: Any
    ) -> requests.Response:
        """Ask for a call-back with the token, of a number that was never called before."""
        headers = bearer(token) if token is not None else {}
        headers |= {"Idempotency-Key": key} if key else {}
        body = {"number": next(_numbers), "option": CUSTOMER_SERVICE, **body}
        return self.post(path, json=body, headers=headers)


@pytest.fixture(scope="module", params=["memory", "3 over Redis"])
def service(module_simulator: Simulator, request: pytest.FixtureRequest) -> Iterator[Service]:
    """A gateway with keys of several hosts and a small limit; three of them over one store."""
    settings = {
        "IDENTITY_SECRET": f"{SECRET},{'older-' * 8}",
        "IDENTITY_JWKS": jwk_set(ES256, RS256),
        "LIMIT_START": "5/hour",
        "LIMIT_READ": "3/hour",
        "CALLBACK_PROFILES": f"default={running.WEB_PROFILE},other={DOCUMENT_PROFILE}",
        "TRUSTED_PROXIES": "127.0.0.1",
        "CORS_ORIGINS": "https://www.bank.example",
    }
    with ExitStack() as stack:
        count = 1
        if request.param != "memory":
            settings["REDIS_URL"] = stack.enter_context(running.redis_server())[0]
            count = 3
        gateways = [
            stack.enter_context(running.gateway(module_simulator, **settings)) for _ in range(count)
        ]
        yield Service(gateways)


def someone() -> str:
    return f"customer-{uuid.uuid4()}"


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


class TestAGoodToken:
    def test_calls_the_number_that_the_host_has_signed(
        self, service: Service, simulator: Simulator
    ) -> None:
        number = next(_numbers)
        answer = service.start(SHARED.token(sub=someone(), number=number), number=None)
        assert answer.status_code == 201
        assert simulator.calls()[-1]["form"]["fc_number"] == number

    def test_calls_no_other_number(self, service: Service) -> None:
        answer = service.start(SHARED.token(sub=someone(), number=next(_numbers)))
        assert hold("startCallback", answer)["errors"][0]["pointer"] == "/number"
        assert answer.json()["errors"][0]["code"] == "invalid"

    def test_answers_what_a_browser_cannot_forge(
        self, service: Service, simulator: Simulator
    ) -> None:
        token = SHARED.token(sub=someone(), answers={"account_number": "12345"})
        forged = service.start(token, questions={"account_number": "54321"})
        assert forged.json()["errors"] == [
            {
                "pointer": "/questions/account_number",
                "code": "question_not_allowed",
                "detail": "The host has answered this question.",
            }
        ]
        assert service.start(token).status_code == 201
        assert simulator.calls()[-1]["form"]["account_number"] == "12345"

    def test_counts_for_its_person_and_for_no_other(self, service: Service) -> None:
        first, second = someone(), someone()
        host = itertools.cycle([SHARED, ES256, RS256])
        starts = [code(service.start(next(host).token(sub=first)))[0] for _ in range(6)]
        assert starts == [201] * 5 + [429]
        limited = service.start(ES256.token(sub=first))
        assert hold("startCallback", limited)["scope"] == "client"
        assert service.start(ES256.token(sub=second)).status_code == 201

    def test_counts_reads_for_its_person_too(self, service: Service) -> None:
        who = someone()
        validations = [
            service.start(SHARED.token(sub=who), path=VALIDATE).status_code for _ in range(4)
        ]
        assert validations == [204] * 3 + [429]
        assert service.start(SHARED.token(sub=someone()), path=VALIDATE).status_code == 204

    def test_may_be_sent_by_a_page_of_the_host(self, service: Service) -> None:
        asked = {
            "Origin": "https://www.bank.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        gateway = service.replicas[0]
        answer = gateway.session.options(gateway.origin + START, headers=asked, timeout=10)
        assert answer.status_code == 200
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"]

    def test_is_part_of_the_request_for_its_idempotency_key(self, service: Service) -> None:
        who, key, body = someone(), str(uuid.uuid4()), {"number": next(_numbers)}
        first = service.start(SHARED.token(sub=who), key=key, **body)
        again = service.start(ES256.token(sub=who, exp=200), key=key, **body)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.json() == first.json()
        for claims in (
            {"sub": someone()},
            {"sub": who, "number": body["number"]},
            {"sub": who, "answers": {"account_number": "1"}},
        ):
            other = service.start(SHARED.token(**claims), key=key, **body)
            assert code(other) == (422, "idempotency_key_reused")
        assert code(service.start(None, key=key, **body))[1] == "idempotency_key_reused"


BAD = {
    "expired": SHARED.token(exp=-70),
    "early": SHARED.token(nbf=250),
    "without an end": SHARED.token(without="exp"),
    "for too long": SHARED.token(exp=3600),
    "for another audience": SHARED.token(aud="elsewhere"),
    "for another profile": SHARED.token(profile="other"),
    "a stranger's": STRANGER.token(),
    "of an unknown kid": Host("ES256", ES256.key, "unknown").token(),
    "of another algorithm": Host("RS512", RS256.key, "rsa").token(),
    "unsigned": "eyJhbGciOiJub25lIn0.e30.",
    "malformed": "token",
    "empty": "",
}


class TestABadToken:
    @pytest.mark.parametrize("token", BAD.values(), ids=BAD)
    @pytest.mark.parametrize("operation", ["startCallback", "validateCallback"])
    def test_is_never_a_fall_back_to_anonymous(
        self, service: Service, simulator: Simulator, operation: str, token: str
    ) -> None:
        before = len(simulator.calls())
        path = START if operation == "startCallback" else VALIDATE
        answer = service.start(token, path=path)
        assert hold(operation, answer)["code"] == "identity_invalid"
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert len(simulator.calls()) == before

    @pytest.mark.parametrize(
        "header", ["Basic dTpw", SHARED.token(), "Bearer", "", f"Token {SHARED.token()}"]
    )
    def test_is_any_other_authorization(self, service: Service, header: str) -> None:
        body = {"number": next(_numbers)}
        answer = service.post(json=body, headers={"Authorization": header})
        assert code(answer) == (401, "identity_invalid")

    def test_is_refused_before_the_body_is_looked_at(self, service: Service) -> None:
        answer = service.post(data=b"{" * 20_000, headers=bearer("token"))
        assert answer.status_code == 401

    def test_counts_under_its_address(self, service: Service) -> None:
        address = {"X-Forwarded-For": "203.0.113.77"}
        body = {"number": next(_numbers), "option": CUSTOMER_SERVICE}
        for path in (START, VALIDATE):
            answer = service.post(path, json=body, headers=bearer("token") | address)
            assert answer.status_code == 401
        assert answer.headers["X-RateLimit-Remaining"] == "3"
        for _ in range(5):
            assert service.post(json=body, headers=bearer("x") | address).status_code == 401
        assert code(service.post(json=body, headers=address)) == (429, "rate_limited")
        good = bearer(SHARED.token(sub=someone())) | address
        assert service.post(json=body, headers=good).status_code == 201


class TestATokenWithAnId:
    def test_places_one_call_whichever_replica_is_asked(
        self, service: Service, simulator: Simulator
    ) -> None:
        before = len(simulator.calls())
        token = SHARED.token(sub=someone(), jti=str(uuid.uuid4()))
        with ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(lambda _: service.start(token).status_code, range(4)))
        assert sorted(codes) == [201, 401, 401, 401]
        assert len(simulator.calls()) == before + 1

    def test_comes_again_with_the_key_of_its_first_use(self, service: Service) -> None:
        token = SHARED.token(sub=someone(), jti=str(uuid.uuid4()))
        key, body = str(uuid.uuid4()), {"number": next(_numbers)}
        assert service.start(token, key=key, **body).status_code == 201
        again = service.start(token, key=key, **body)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert code(service.start(token, key=str(uuid.uuid4()))) == (401, "identity_invalid")

    def test_is_not_used_up_by_a_refusal_nor_by_a_validation(self, service: Service) -> None:
        token = SHARED.token(sub=someone(), jti=str(uuid.uuid4()))
        assert service.start(token, number="12").status_code == 422
        assert service.start(token, path=VALIDATE).status_code == 204
        assert service.start(token).status_code == 201
        assert service.start(token, path=VALIDATE).status_code == 204


def test_nothing_of_a_token_is_logged(service: Service) -> None:
    who = "someone-whose-name-is-nobodys-business"
    token = SHARED.token(sub=who, jti="an-id-of-a-token", answers={"account_number": "77731"})
    service.start(token)
    service.start(token)
    for gateway in service.replicas:
        lines = "\n".join(gateway.process.lines)
        assert not [each for each in (who, "an-id-of-a-token", "77731", token) if each in lines]


def test_only_customers_whom_a_host_vouches_for(module_simulator: Simulator) -> None:
    settings = {"IDENTITY_JWKS": jwk_set(ES256), "IDENTITY_MODE": "required"}
    with running.gateway(module_simulator, **settings) as gateway:
        service = Service([gateway])
        for operation, path in (("startCallback", START), ("validateCallback", VALIDATE)):
            answer = service.start(None, path=path)
            assert hold(operation, answer)["code"] == "identity_required"
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert gateway.get("/v1/profiles/default").status_code == 200
        assert service.start(ES256.token()).status_code == 201


def test_without_keys_the_header_is_passed_over(gateway: Gateway) -> None:
    assert Service([gateway]).start("token").status_code == 201


def test_where_starts_are_off_no_token_is_looked_at(module_simulator: Simulator) -> None:
    with running.gateway(module_simulator, IDENTITY_SECRET=SECRET, STARTS="off") as gateway:
        assert code(Service([gateway]).start("token")) == (503, "starts_disabled")
        assert code(Service([gateway]).start("token", path=VALIDATE))[0] == 401


@pytest.mark.parametrize("mode", ["always", "step_up"])
def test_a_known_customer_solves_no_captcha(module_simulator: Simulator, mode: str) -> None:
    with site_verify(b'{"success": false}') as url:
        settings = {
            **captcha(url), "CAPTCHA_MODE": mode, "IDENTITY_SECRET": SECRET, "LIMIT_START": "1/hour"
        }  # fmt: skip
        with running.gateway(module_simulator, **settings) as gateway:
            service, token = Service([gateway]), SHARED.token()
            assert service.start(token).status_code == 201
            assert code(service.start(token)) == (429, "rate_limited")
            service.start(None)
            assert service.start(None).status_code in {422, 429}


def test_keys_are_rotated_without_a_restart(module_simulator: Simulator, tmp_path: Path) -> None:
    secrets, jwks = tmp_path / "secrets", tmp_path / "jwks"
    old, new = SHARED, Host("HS256", "the-new-secret-" * 4)
    secrets.write_text(old.key, "utf-8")
    jwks.write_text(jwk_set(ES256), "utf-8")
    settings = {"IDENTITY_SECRET_FILE": str(secrets), "IDENTITY_JWKS_FILE": str(jwks)}
    with running.gateway(module_simulator, **settings) as gateway:
        service = Service([gateway])

        def good() -> list[bool]:
            return [
                service.start(host.token(), path=VALIDATE).status_code == 204
                for host in (old, new, ES256, RS256)
            ]

        assert good() == [True, False, True, False]
        secrets.write_text(f"{new.key},{old.key}\n", "utf-8")
        jwks.write_text("{", "utf-8")
        assert poll(lambda: good() == [True, True, True, False])
        secrets.write_text(f"{new.key}\n", "utf-8")
        jwks.write_text(jwk_set(RS256), "utf-8")
        assert poll(lambda: good() == [False, True, False, True])
        gateway.process.wait_for("identity.old_keys_stay")
        assert not any(new.key in line for line in gateway.process.lines)


def command(simulator: Simulator, *arguments: str, **settings: str) -> tuple[int, str]:
    env = running.gateway_env(simulator.base_url, **settings)
    process = Process(["callback-gateway", "token", *arguments], env)
    try:
        return process.wait(), "\n".join(process.lines)
    finally:
        process.stop()


def test_the_command_makes_a_token_for_trying(module_simulator: Simulator) -> None:
    keys = {"IDENTITY_SECRET": f"{SECRET},{'older-' * 8}"}
    arguments = ["--sub", "me", "--number", "14163672499", "--profile", "default"]
    done, token = command(module_simulator, *arguments, **keys)
    assert done == 0
    with running.gateway(module_simulator, **keys) as gateway:
        assert Service([gateway]).start(token, number=None).status_code == 201
    assert module_simulator.calls()[-1]["form"]["fc_number"] == "14163672499"


@pytest.mark.parametrize(
    ("arguments", "keys", "said"),
    [
        (["--sub", "me"], {}, "set IDENTITY_SECRET"),
        (["--sub", "me"], {"IDENTITY_JWKS": jwk_set(ES256)}, "set IDENTITY_SECRET"),
        ([], {"IDENTITY_SECRET": SECRET}, "--sub"),
        (["--sub", ""], {"IDENTITY_SECRET": SECRET}, "--sub"),
        (["--sub", "me", "--number", "home"], {"IDENTITY_SECRET": SECRET}, "E.164"),
        (["--sub", "me", "--profile", "none"], {"IDENTITY_SECRET": SECRET}, "no such alias"),
    ],
)
def test_the_command_says_what_it_wants(
    module_simulator: Simulator, arguments: list[str], keys: dict[str, str], said: str
) -> None:
    done, output = command(module_simulator, *arguments, **keys)
    assert done == 2
    assert said in output
    assert "Traceback" not in output
    assert SECRET not in output
