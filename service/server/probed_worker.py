"""gunicorn's threaded worker, which says to the arbiter how it is: what `Probes` asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from service.server.worker_line import State, WorkerLine


class ProbedThreadWorker(ThreadWorker):
    """A worker with a line to the arbiter, which is there before the worker is forked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = WorkerLine()

    def stands_still(self, seconds: float) -> bool:
        """Tell the arbiter whether the loop has not come round for so long."""
        try:
            return bool(time.monotonic() - self.tmp.last_update() > seconds)
        except (OSError, ValueError):  # it has just ended
            return False

    def ask_readiness(self, within: float) -> State | None:
        """Return, in the arbiter, what the worker says of itself; None: nothing in time."""
        return self._line.ask(within)

    def answer_probes(self, readiness: Callable[[], State]) -> None:
        """Answer the arbiter, in a thread of the worker: the loop's heartbeat is its own."""
        answering = partial(self._line.answer, readiness)
        threading.Thread(target=answering, name="probes", daemon=True).start()

    def close_line(self) -> None:
        """Close the line, in the arbiter, once the worker has ended."""
        self._line.close()
