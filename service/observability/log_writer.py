"""Log lines on their way out: whoever logs never waits and never fails.

Lines stand in a bounded queue; a thread writes them. What nobody reads, or no disk takes, is
dropped and counted.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable

#: Lines that wait at most; some 3 MB.
MOST_LINES = 10_000
#: Lines are written together, so often at most, in seconds.
_PAUSE = 0.02
#: How long the end of a process waits for its last lines, in seconds.
_AT_EXIT = 1.0


class LogWriter:
    """A text stream for log lines. `write_bytes` writes some bytes and returns how many, as
    `os.write` does; `on_drop` is called with each number of lines that were dropped.
    """

    def __init__(self, write_bytes: Callable[[bytes], int]) -> None:
        self.on_drop: Callable[[int], None] = lambda lines: None
        self._write_bytes = write_bytes
        self._begin()
        os.register_at_fork(after_in_child=self._begin)  # threads are not forked
        atexit.register(self.close)

    def write(self, text: str) -> int:
        """Take a line, or drop it where too many wait."""
        if len(self._lines) >= MOST_LINES:
            self.on_drop(1)
            return len(text)
        self._lines.append(text)
        if not self._wakened.is_set():
            self._wakened.set()
            self._run_thread()
        return len(text)

    def flush(self) -> None:
        """Do nothing: the thread writes."""

    def close(self, within: float = _AT_EXIT) -> None:
        """Wait a little for what has been taken to be written."""
        until = time.monotonic() + within
        while not self._written.is_set() or self._lines:
            if time.monotonic() > until or not self._thread:
                return
            time.sleep(_PAUSE)

    def _begin(self) -> None:
        self._lines: deque[str] = deque()
        self._wakened, self._written = threading.Event(), threading.Event()
        self._written.set()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def _run_thread(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wakened.wait()
            time.sleep(_PAUSE)  # more lines come meanwhile: they cost one call together
            self._written.clear()
            self._wakened.clear()
            self._write_all()
            self._written.set()

    def _write_all(self) -> None:
        while self._lines:
            lines = [self._lines.popleft() for _ in range(min(len(self._lines), 100))]
            try:
                self._write_whole("".join(lines).encode("utf-8", "backslashreplace"))
            except OSError:  # its reader is gone, its disk is full
                self.on_drop(len(lines))

    def _write_whole(self, data: bytes) -> None:
        while data:
            try:
                data = data[self._write_bytes(data) :]
            except BlockingIOError:  # who started us made it so
                time.sleep(_PAUSE)
