"""Numbers that are never called, by number or by beginning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.callbacks.phone_reading import put_right

_ENTRY = re.compile(r"[1-9][0-9]{6,14}|[1-9][0-9]{0,14}\*")


@dataclass(frozen=True, slots=True)
class BlockedNumbers:
    """A list of numbers never called: E.164 digits, and beginnings of such."""

    numbers: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> BlockedNumbers:
        """Read entries separated by commas or line ends; raise `ValueError` naming a bad line."""
        entries: set[str] = set()
        for position, line in enumerate(text.splitlines(), 1):
            for entry in filter(None, map(str.strip, line.split(","))):
                if not _ENTRY.fullmatch(entry):
                    raise ValueError(
                        f"line {position}: E.164 digits without a +, or a beginning and *,"
                        " are wanted"
                    )
                entries.add(put_right(entry))
        beginnings = {entry[:-1] for entry in entries if entry.endswith("*")}
        return cls(
            frozenset(entry for entry in entries if not entry.endswith("*")), frozenset(beginnings)
        )

    def __bool__(self) -> bool:
        return bool(self.numbers or self.beginnings)

    def __contains__(self, e164: str) -> bool:
        return e164 in self.numbers or any(
            e164[:length] in self.beginnings for length in range(1, len(e164) + 1)
        )
