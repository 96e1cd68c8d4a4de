"""The catalog over the Fonolo client: what it asks for, and when."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from service.errors import UpstreamRefused, UpstreamUnreachable
from service.fonolo import FonoloClient, Refused, Unreachable, models
from service.upstream.adapter import CachedCatalog
from service.upstream.cache import Cache
from service.upstream.circuit_breakers import CircuitBreakers
from service.upstream.side_calls import side_calls

SID = "CP" + "0" * 32


def profile(*, questions: bool) -> models.Profile:
    return models.Profile(
        sid=SID,
        name="Support",
        language="english",
        status="active",
        channel="telephone",
        client_cid_number="",
        client_cid_name="",
        agent_cid_number="",
        agent_cid_name="",
        total_options=0,
        default_country="1",
        scheduling_enabled=True,
        sms_enabled=False,
        questions_enabled=questions,
    )


class Client:
    """A Fonolo client whose three calls each wait until all three are under way."""

    def __init__(self, *, questions: bool, error: Exception | None = None) -> None:
        self._questions, self._error = questions, error
        self._all = threading.Barrier(3, timeout=10)

    def profile(self, sid: str, within: float) -> models.Profile:
        self._all.wait()
        return profile(questions=self._questions)

    def options(self, sid: str, within: float) -> tuple[Any, ...]:
        self._all.wait()
        return ()

    def questions(self, sid: str, within: float) -> tuple[Any, ...]:
        self._all.wait()
        if self._error:
            raise self._error
        return ()


def catalog(client: Client) -> CachedCatalog:
    fonolo = cast(FonoloClient, client)
    return CachedCatalog(fonolo, CircuitBreakers(fonolo), Cache(60), Cache(60))


def test_a_profile_its_options_and_its_questions_are_asked_for_at_once() -> None:
    assert catalog(Client(questions=True)).profile(SID, within=10).name == "Support"


def test_what_is_said_of_questions_that_are_off_does_not_matter() -> None:
    client = Client(questions=False, error=Refused("questions", "none", 500))
    assert catalog(client).profile(SID, within=10).questions == ()


@pytest.mark.parametrize(
    ("error", "translated"),
    [
        (Refused("questions", "none", 500), UpstreamRefused),
        (Unreachable("questions", "away"), UpstreamUnreachable),
    ],
)
def test_a_call_that_fails_beside_the_others_fails_for_all(
    error: Exception, translated: type[Exception]
) -> None:
    with pytest.raises(translated):
        catalog(Client(questions=True, error=error)).profile(SID, within=10)


def test_without_another_thread_a_call_runs_when_its_result_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_thread(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    ran: list[str] = []
    with side_calls(1) as run:
        result = run(lambda: ran.append("here"))
        assert ran == []
        result()
    assert ran == ["here"]
