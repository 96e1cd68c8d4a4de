"""Settings that come in a file and follow it: read again when it changes, without a restart."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import structlog

from service.callbacks.blocked_numbers import BlockedNumbers
from service.settings import parsers

if TYPE_CHECKING:
    from jwt import PyJWK

    from service.identity import Keys

#: A file is looked at so often, in seconds, when its value is asked for.
LOOK_EVERY = 5.0

log = structlog.get_logger(__name__)

T = TypeVar("T")


class WatchedFile(ABC, Generic[T]):
    """The value of a file as it stands now.

    A file that cannot be read, or is not fit, leaves the old value and is logged once as `event`,
    without what stands in it; `on_failure` is called, with the setting's name, each time that it is
    tried in vain.
    """

    setting: str
    event: str

    def __init__(self, path: str, value: T, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = Path(path)
        self._value = value
        self._clock = clock
        self._looked_at = clock()
        self._outcome: str | None = None
        self.on_failure: Callable[[str], None] = lambda setting: None

    @abstractmethod
    def parse(self, text: str) -> T:
        """Read the file's text; raise a `ValueError` that says what is wanted."""

    def value(self) -> T:
        """Return what the file holds now."""
        now = self._clock()
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            self._read_again()
        return self._value

    def _read_again(self) -> None:
        try:
            self._value, outcome = self.parse(self._path.read_text("utf-8")), None
        except UnicodeDecodeError:
            outcome = "text in UTF-8 is wanted"
        except OSError:
            outcome = "the file cannot be read"
        except ValueError as fault:
            outcome = str(fault)
        if outcome:
            self.on_failure(self.setting)
        if outcome and outcome != self._outcome:
            log.warning(self.event, setting=self.setting, reason=outcome)
        self._outcome = outcome


class BlockedNumbersFile(WatchedFile[BlockedNumbers]):
    """The numbers that are never called."""

    setting, event = "NUMBERS_BLOCKED", "blocked_numbers.old_list_stays"

    def parse(self, text: str) -> BlockedNumbers:
        return BlockedNumbers.parse(text)

    def __bool__(self) -> bool:
        return bool(self.value())

    def __contains__(self, e164: str) -> bool:
        return e164 in self.value()


class _KeysFile(WatchedFile["Keys"]):
    """Keys by which a host signs who asks; without any, anyone would be let in unknown."""

    event = "identity.old_keys_stay"

    def __init__(self, path: str, value: Keys, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(path, _some(value), clock)

    def parse(self, text: str) -> Keys:
        return _some(self.parse_keys(text.strip()))

    @abstractmethod
    def parse_keys(self, text: str) -> Keys:
        """Read keys of the file's kind; raise a `ValueError` that says what is wanted."""

    def __iter__(self) -> Iterator[PyJWK]:
        return iter(self.value())


class SecretsFile(_KeysFile):
    """Secrets that the gateway and a host share."""

    setting = "IDENTITY_SECRET"

    def parse_keys(self, text: str) -> Keys:
        return parsers.identity_secrets(text)


class JwkSetFile(_KeysFile):
    """A host's public keys."""

    setting = "IDENTITY_JWKS"

    def parse_keys(self, text: str) -> Keys:
        return parsers.jwk_set(text)


def _some(keys: Keys) -> Keys:
    if not keys:
        raise ValueError("the file holds no key; at least one is wanted")
    return keys
