"""What ended workers counted is joined into one file of each kind, and theirs are deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from service.observability import worker_counts

KEY = mmap_key("requests", "requests_total", ["status"], ["200"], "Requests.")


def write(path: Path, value: float) -> None:
    counts = MmapedDict(str(path))
    counts.write_value(KEY, value, 0.0)
    counts.close()


@pytest.mark.parametrize("kind", ["counter", "histogram"])
def test_counts_of_ended_workers_are_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv(worker_counts.DIRECTORY, str(tmp_path))
    for pid, value in ((11, 2.0), (12, 3.0)):
        write(tmp_path / f"{kind}_{pid}.db", value)
        write(tmp_path / f"gauge_livesum_{pid}.db", 1.0)
        worker_counts.join_counts(pid)
    (total,) = tmp_path.iterdir()
    values = list(MmapedDict.read_all_values_from_file(str(total)))
    assert [value for _, value, *_ in values] == [5.0]


def test_a_worker_that_left_no_counts_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(worker_counts.DIRECTORY, str(tmp_path))
    worker_counts.join_counts(11)
    assert not list(tmp_path.iterdir())


def test_room_for_counts_is_had_before_anything_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(worker_counts.DIRECTORY, str(tmp_path))
    worker_counts.reserve()
    files = [file.stat() for file in tmp_path.glob(f"*_{os.getpid()}.db")]
    assert sum(file.st_size for file in files) == worker_counts.ROOM
    assert sum(file.st_blocks * 512 for file in files) >= worker_counts.ROOM


def test_without_room_a_worker_counts_where_nobody_reads_and_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(worker_counts.DIRECTORY, str(tmp_path / "nowhere"))
    worker_counts.reserve(str(tmp_path))
    assert len(list(Path(os.environ[worker_counts.DIRECTORY]).iterdir())) == 5
