"""The list of blocked numbers in the file that NUMBERS_BLOCKED_FILE names, as it stands now."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from service.callbacks.blocked_numbers import BlockedNumbers

#: The file is looked at so often, in seconds, when numbers are asked about.
LOOK_EVERY = 5.0

log = structlog.get_logger(__name__)


class BlockedNumbersFile:
    """Blocked numbers, read again when the file changes.

    A file that cannot be read, or has a bad line, leaves the old list and is logged once, without
    its lines; `on_failure` is called, with the setting's name, each time that it is tried in vain.
    """

    def __init__(
        self, path: str, numbers: BlockedNumbers, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = Path(path)
        self._numbers = numbers
        self._clock = clock
        self._looked_at = clock()
        self._outcome: str | None = None
        self.on_failure: Callable[[str], None] = lambda setting: None

    def __contains__(self, e164: str) -> bool:
        now = self._clock()
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            self._read_again()
        return e164 in self._numbers

    def _read_again(self) -> None:
        try:
            self._numbers, outcome = BlockedNumbers.parse(self._path.read_text("utf-8")), None
        except UnicodeDecodeError:
            outcome = "text in UTF-8 is wanted"
        except OSError:
            outcome = "the file cannot be read"
        except ValueError as fault:
            outcome = str(fault)
        if outcome:
            self.on_failure("NUMBERS_BLOCKED")
        if outcome and outcome != self._outcome:
            log.warning("blocked_numbers.old_list_stays", setting="NUMBERS_BLOCKED", reason=outcome)
        self._outcome = outcome
