"""The files in which each worker counts: made with room, and joined when it has ended.

`prometheus_client` maps them into memory: a write for which the folder has no room would end the
process (SIGBUS), so that their room is had before.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from tempfile import mkdtemp

import structlog

log = structlog.get_logger(__name__)

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
#: What a worker's files are called, and what they hold at most before they grow.
_SIZES = {
    "counter": 128 * 1024,
    "histogram": 512 * 1024,
    "gauge_livesum": 64 * 1024,
    "gauge_livemax": 64 * 1024,
    "gauge_livemin": 64 * 1024,
}
#: What one worker's files take, in bytes.
ROOM = sum(_SIZES.values())

#: Held while files are read or joined: nothing is counted twice, or not at all.
reading = threading.RLock()


def reserve(elsewhere: str | None = None) -> None:
    """Make this worker's files; where there is no room, `elsewhere`, and read by nobody."""
    try:
        _make_files()
    except OSError as error:
        log.error("no room for metrics: this worker's are lost", error=error.strerror)
        os.environ[DIRECTORY] = mkdtemp(dir=elsewhere, prefix="callback-gateway-")
        _make_files()


def join_counts(pid: int) -> None:
    """Add what a worker that has ended counted to what all ended ones did; delete its files."""
    with reading:
        directory = Path(os.environ[DIRECTORY])
        for kind in ("counter", "histogram"):
            ended = directory / f"{kind}_{pid}.db"
            if ended.exists():
                _add(str(ended), str(directory / f"{kind}_ended.db"))
                ended.unlink()
        for gauges in directory.glob(f"gauge_live*_{pid}.db"):
            gauges.unlink()


def _add(counts: str, total: str) -> None:
    """Add the values of one file to those of another."""
    from prometheus_client.mmap_dict import MmapedDict

    sums = MmapedDict(total)  # type: ignore[no-untyped-call]
    for key, value, *_ in MmapedDict.read_all_values_from_file(counts):  # type: ignore[no-untyped-call]
        before, _ = sums.read_value(key)  # type: ignore[no-untyped-call]
        sums.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]
    sums.close()  # type: ignore[no-untyped-call]


def _make_files() -> None:
    for kind, size in _SIZES.items():
        path = Path(os.environ[DIRECTORY]) / f"{kind}_{os.getpid()}.db"
        try:
            with path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, size)
        except OSError:
            path.unlink(missing_ok=True)
            raise
