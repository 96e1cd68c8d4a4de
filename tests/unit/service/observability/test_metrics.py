"""Reading all workers' counts while they are being written."""

from __future__ import annotations

import struct

import pytest

from service.observability.metrics import Reread


class Torn:
    """A collector that fails so often before it gives its counts."""

    def __init__(self, times: int, error: Exception) -> None:
        self._times, self._error = times, error

    def collect(self) -> list[str]:
        self._times -= 1
        if self._times >= 0:
            raise self._error
        return ["counts"]


@pytest.mark.parametrize("error", [struct.error("empty"), RuntimeError("beyond the file")])
def test_counts_are_read_again_where_a_file_was_just_being_made(error: Exception) -> None:
    pauses: list[float] = []
    assert Reread(Torn(2, error), pauses.append).collect() == ["counts"]
    assert len(pauses) == 2


def test_what_stays_torn_is_told() -> None:
    with pytest.raises(struct.error):
        Reread(Torn(99, struct.error("empty")), lambda seconds: None).collect()
