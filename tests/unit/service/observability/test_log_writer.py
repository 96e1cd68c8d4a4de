"""Log lines are written in order by a thread; whoever logs neither waits nor fails."""

from __future__ import annotations

import errno
import threading

import pytest

from service.observability.log_writer import MOST_LINES, LogWriter


class Sink:
    """What stands for stderr: takes a few bytes at a time, and nothing while it is blocked."""

    def __init__(self, error: OSError | None = None) -> None:
        self.output = b""
        self.opened = threading.Event()
        self.opened.set()
        self._error = error

    def write(self, data: bytes) -> int:
        self.opened.wait(20)
        if self._error:
            raise self._error
        self.output += data[:7]
        return len(data[:7])


def writer(sink: Sink) -> tuple[LogWriter, list[int]]:
    made, dropped = LogWriter(sink.write), []
    made.on_drop = dropped.append
    return made, dropped


def test_lines_are_written_whole_and_in_order() -> None:
    sink = Sink()
    log, dropped = writer(sink)
    lines = [f"line {n} \ud800\n" for n in range(300)]
    for line in lines:
        log.write(line)
    log.close(within=20)
    assert sink.output.decode() == "".join(lines).replace("\ud800", "\\ud800")
    assert not dropped


def test_what_nobody_reads_is_dropped_and_counted() -> None:
    sink = Sink()
    sink.opened.clear()
    log, dropped = writer(sink)
    for _ in range(MOST_LINES + 500):
        log.write("x\n")
    assert 0 < sum(dropped) <= 500
    log.close(within=0)
    sink.opened.set()
    log.close(within=20)
    assert sink.output.count(b"\n") + sum(dropped) == MOST_LINES + 500


@pytest.mark.parametrize("code", [errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF])
def test_what_cannot_be_written_is_dropped_and_counted(code: int) -> None:
    log, dropped = writer(Sink(OSError(code, "")))
    for _ in range(3):
        log.write("x\n")
    log.close(within=20)
    assert sum(dropped) == 3
