"""Handles: good for one call on one account, for a time, and only as the string issued."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.callbacks.calls import CallReference
from service.errors import Problem
from service.http.handles import Handles
from tests.unit.service.fakes import CALL_SID, PROFILE_SID, Clock

ACCOUNT = "AC" + "0" * 32
OLD, NEW = "o" * 32, "n" * 32
TTL = 3600
DUPLICATE = "duplicate:{" + "d" * 8 + "}" + "d" * 24
CALL = CallReference(CALL_SID, DUPLICATE, "a" * 16, PROFILE_SID)
WITHOUT_DUPLICATE = CallReference(CALL_SID, None, "a" * 16, PROFILE_SID)
URL_SAFE = string.ascii_letters + string.digits + "-_.~=+/ %\n\0é"


def handles(*secrets: str, account: str = ACCOUNT, clock: Clock | None = None) -> Handles:
    return Handles(secrets or (NEW,), account, TTL, clock or Clock())


def refused(by: Handles, handle: str) -> bool:
    try:
        by.read(handle)
    except Problem as problem:
        return problem.code == "unknown_callback"
    return False


@pytest.mark.parametrize("call", [CALL, WITHOUT_DUPLICATE])
def test_one_stands_for_its_call(call: CallReference) -> None:
    assert handles().read(handles().sign(call)) == call


#: Handles as version 0.2.0 wrote them, with and without a duplicate entry.
EARLIER = {
    "RERERERERERERERERERERKqqqqqqqqqq3d3d3d3d3d3d3d3d3d3d3Q.WYjV_A."
    "cERrQ2isp6ZT-f-3-wiA7NPlDdsIqHCqzWkkiVZlrg0": replace(CALL, profile_sid=None),
    "RERERERERERERERERERERA.WYjV_A.jjXK8fRWU-HWh_wJuxB9tsWf3jEEXMIDV9KATgxe1Es": CallReference(
        CALL_SID, None, ""
    ),
}


@pytest.mark.parametrize("handle", EARLIER)
def test_one_of_an_earlier_version_stands_for_its_call_but_tells_no_profile(handle: str) -> None:
    assert handles().read(handle) == EARLIER[handle]


def test_one_is_short_and_safe_in_a_url() -> None:
    handle = handles().sign(CALL)
    assert len(handle) <= 200
    assert set(handle) <= set(string.ascii_letters + string.digits + "-_.")


def test_one_is_good_until_its_time_is_over() -> None:
    clock = Clock()
    issued = handles(clock=clock)
    handle = issued.sign(CALL)
    clock.pass_(TTL)
    assert issued.read(handle) == CALL
    clock.pass_(1)
    assert refused(issued, handle)


def test_one_of_a_later_time_is_good_from_that_time_on() -> None:
    clock = Clock()
    issued = handles(clock=clock)
    later = replace(CALL, start_time=datetime.fromtimestamp(int(clock()) + 3 * TTL, UTC))
    handle = issued.sign(later)
    clock.pass_(4 * TTL - 1)
    assert issued.read(handle) == later
    clock.pass_(2)
    assert refused(issued, handle)


def test_one_of_an_earlier_time_is_good_from_its_issue_on() -> None:
    clock = Clock()
    issued = handles(clock=clock)
    handle = issued.sign(replace(CALL, start_time=datetime.fromtimestamp(int(clock()) - TTL, UTC)))
    clock.pass_(TTL)
    assert not refused(issued, handle)
    clock.pass_(1)
    assert refused(issued, handle)


def test_one_of_the_future_is_refused() -> None:
    tomorrow = Clock()
    tomorrow.pass_(86400)
    assert refused(handles(), handles(clock=tomorrow).sign(CALL))


def test_one_of_another_account_is_refused() -> None:
    assert refused(handles(), handles(account="AC" + "1" * 32).sign(CALL))


def test_one_under_another_secret_is_refused() -> None:
    assert refused(handles(NEW), handles(OLD).sign(CALL))


class TestRotation:
    def test_the_first_secret_signs(self) -> None:
        handle = handles(NEW, OLD).sign(CALL)
        assert handles(NEW).read(handle) == CALL
        assert refused(handles(OLD), handle)

    def test_all_verify(self) -> None:
        rotated = handles("x" * 32, NEW, OLD)
        for secret in (OLD, NEW, "x" * 32):
            assert rotated.read(handles(secret).sign(CALL)) == CALL

    def test_one_that_is_dropped_verifies_no_more(self) -> None:
        assert refused(handles(NEW), handles(OLD).sign(CALL))


def test_every_change_of_a_character_is_refused() -> None:
    issued = handles()
    handle = issued.sign(CALL)
    for index, old in enumerate(handle):
        for new in URL_SAFE:
            if new != old:
                assert refused(issued, handle[:index] + new + handle[index + 1 :])


def test_every_insertion_and_omission_is_refused() -> None:
    issued = handles()
    handle = issued.sign(CALL)
    for index in range(len(handle) + 1):
        assert index == len(handle) or refused(issued, handle[:index] + handle[index + 1 :])
        for new in URL_SAFE:
            changed = handle[:index] + new + handle[index:]
            assert refused(issued, changed)


def test_other_spellings_are_refused() -> None:
    issued = handles()
    handle = issued.sign(CALL)
    for changed in (
        handle + "=",
        handle + "==",
        handle.upper(),
        handle.swapcase(),
        f" {handle}",
        f"{handle} ",
        f"{handle}\n",
        handle.replace(".", "%2E"),
        f".{handle}",
        f"{handle}.{handle}",
        "",
        ".",
        "..",
        "a" * 100_000,
        CALL_SID,
    ):
        assert refused(issued, changed)


def test_the_parts_of_two_cannot_be_mixed() -> None:
    issued = handles()
    one = issued.sign(CALL).split(".")
    two = issued.sign(replace(WITHOUT_DUPLICATE, call_sid="CA" + "9" * 32)).split(".")
    for index in range(3):
        mixed = [*one[:index], two[index], *one[index + 1 :]]
        assert mixed in (one, two) or refused(issued, ".".join(mixed))


@given(st.text())
def test_no_text_is_a_handle(text: str) -> None:
    assert refused(handles(), text)
