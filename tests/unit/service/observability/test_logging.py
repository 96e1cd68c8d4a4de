"""What is written of an error: where it came from, and none of its words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.observability.logging import describe_error

SECRET = "4163662500"


def fail() -> None:
    raise ValueError(SECRET)


def fail_because() -> None:
    try:
        fail()
    except ValueError as cause:
        raise KeyError(SECRET) from cause


def fail_instead() -> None:
    try:
        fail()
    except ValueError:
        raise KeyError(SECRET) from None


def logged(do: Callable[[], None]) -> str:
    """Return the description of what this raises."""
    with pytest.raises((ValueError, KeyError)) as raised:
        do()
    return describe_error((raised.type, raised.value, raised.tb))


def test_an_error_is_described_by_its_kind_and_place() -> None:
    assert logged(fail).endswith("ValueError")
    assert "in fail" in logged(fail)


def test_its_cause_is_too() -> None:
    error, cause = logged(fail_because).split("because of")
    assert "KeyError" in error
    assert "ValueError" in cause


def test_what_was_cut_off_is_left_out() -> None:
    assert "ValueError" not in logged(fail_instead)


@pytest.mark.parametrize("do", [fail, fail_because, fail_instead])
def test_its_words_are_never_written(do: Callable[[], None]) -> None:
    assert SECRET not in logged(do)
