"""Readiness: not before a profile could be fetched once, nor while draining."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from service.callbacks.profile import Profile
from service.errors import UpstreamError, UpstreamRefused, UpstreamTimeout, UpstreamUnreachable
from service.http.readiness import Readiness
from tests.unit.service.fakes import FakeCatalog, profile

SIDS = ["CP" + "1" * 32, "CP" + "2" * 32]


@dataclass
class Profiles(FakeCatalog):
    """Fails for the profiles named here."""

    errors: dict[str, UpstreamError] = field(default_factory=dict)

    def profile(self, sid: str, within: float) -> Profile:
        self.asked.append(sid)
        if sid in self.errors:
            raise self.errors[sid]
        return profile(sid=sid)


def readiness(catalog: Profiles, draining: threading.Event | None = None) -> Readiness:
    return Readiness(catalog, SIDS, lambda: "memory", draining or threading.Event())


def test_it_is_ready_once_a_profile_is_known_and_says_what_the_store_is() -> None:
    ready, parts = readiness(Profiles())()
    assert ready
    assert parts["store"] == "memory"


@pytest.mark.parametrize("error", [UpstreamTimeout, UpstreamUnreachable, UpstreamRefused])
def test_it_is_not_ready_while_none_could_ever_be_fetched(error: type[UpstreamError]) -> None:
    catalog = Profiles(errors={sid: error("e") for sid in SIDS})
    asked = readiness(catalog)
    assert not asked()[0]
    catalog.errors.clear()
    assert asked()[0]


def test_one_profile_that_fonolo_refuses_does_not_stop_the_others() -> None:
    assert readiness(Profiles(errors={SIDS[0]: UpstreamRefused("no")}))()[0]


def test_once_known_it_stays_ready_without_asking_again() -> None:
    catalog = Profiles()
    asked = readiness(catalog)
    asked()
    catalog.errors = {sid: UpstreamTimeout("e") for sid in SIDS}
    catalog.asked.clear()
    assert asked()[0]
    assert catalog.asked == []


def test_while_draining_it_is_not_ready_and_asks_nothing() -> None:
    catalog, draining = Profiles(), threading.Event()
    asked = readiness(catalog, draining)
    asked()
    draining.set()
    catalog.asked.clear()
    ready, parts = asked()
    assert not ready
    assert parts["reason"] == "draining"
    assert catalog.asked == []
