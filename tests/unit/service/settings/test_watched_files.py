"""Files of settings are read again when they change; a bad one leaves what was there."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.callbacks.blocked_numbers import BlockedNumbers
from service.identity import secret_keys
from service.settings.watched_files import BlockedNumbersFile, JwkSetFile, SecretsFile
from tests.unit.service.fakes import Clock
from tests.unit.service.identity.hosts import ES256, RS256, SECRET, jwk_set

NUMBER, OTHER = "14163662500", "442071838750"
#: The longest that a change may take to be noticed, in seconds.
NOTICED = 10


class World:
    """A list in a file, and a clock."""

    def __init__(self, directory: Path, text: str) -> None:
        self.path = directory / "blocked"
        self.path.write_text(text, "utf-8")
        self.clock = Clock()
        self.numbers = BlockedNumbersFile(str(self.path), BlockedNumbers.parse(text), self.clock)

    def change(self, text: str | bytes) -> None:
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.clock.pass_(NOTICED)


def test_a_change_holds_ten_seconds_later_at_most(tmp_path: Path) -> None:
    world = World(tmp_path, f"{NUMBER}\n")
    assert NUMBER in world.numbers
    assert OTHER not in world.numbers
    world.change(f"{OTHER}\n")
    assert NUMBER not in world.numbers
    assert OTHER in world.numbers
    world.change("")
    assert OTHER not in world.numbers


def test_a_file_put_in_its_place_is_read(tmp_path: Path) -> None:
    world = World(tmp_path, "")
    new = tmp_path / "new"
    new.write_text("44*", "utf-8")
    new.replace(world.path)  # as Kubernetes does when a ConfigMap changes
    world.clock.pass_(NOTICED)
    assert OTHER in world.numbers


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{OTHER}\n416 366 2500\n", "line 2: "),
        (b"\xff\xfe", "UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_one_leaves_the_old_list_and_is_logged_once_without_its_lines(
    tmp_path: Path, text: str | bytes | None, reason: str
) -> None:
    world, failures = World(tmp_path, NUMBER), list[str]()
    world.numbers.on_failure = failures.append
    with capture_logs() as logs:
        for _ in range(3):
            world.change(text or b"")
            if text is None:
                world.path.unlink()
            assert NUMBER in world.numbers
            assert OTHER not in world.numbers
    assert [each["event"] for each in logs] == ["blocked_numbers.old_list_stays"]
    assert reason in logs[0]["reason"]
    assert not any(digits in str(logs) for digits in ("416", "442"))
    with capture_logs() as logs:
        world.change(OTHER)
        assert OTHER in world.numbers
    assert logs == []
    assert set(failures) == {"NUMBERS_BLOCKED"}
    assert len(failures) >= 3  # one for each attempt


OLD, NEW = f"old-{SECRET}", f"new-{SECRET}"
FOLLOWED = {
    "secrets": (SecretsFile, OLD, f"{NEW},{OLD}\n", 2),
    "public keys": (JwkSetFile, jwk_set(ES256), f"{jwk_set(RS256, ES256)}\n", 2),
}
UNFIT = {"empty": b"", "too short": b"short", "no text": b"\xff\xfe", "no keys": b'{"keys": []}'}


@pytest.mark.parametrize(("kind", "old", "new", "keys"), FOLLOWED.values(), ids=FOLLOWED)
def test_keys_follow_their_file(tmp_path: Path, kind: type, old: str, new: str, keys: int) -> None:
    path, clock = tmp_path / "keys", Clock()
    path.write_text(old, "utf-8")
    followed = kind(str(path), secret_keys([OLD]), clock)
    assert len(list(followed)) == 1
    path.write_text(new, "utf-8")
    clock.pass_(NOTICED)
    assert len(list(followed)) == keys


@pytest.mark.parametrize("content", UNFIT.values(), ids=UNFIT)
@pytest.mark.parametrize("kind", [SecretsFile, JwkSetFile])
def test_a_file_that_is_not_fit_leaves_the_old_keys_and_is_logged_once(
    tmp_path: Path, kind: type, content: bytes
) -> None:
    path, clock, old = tmp_path / "keys", Clock(), secret_keys([OLD])
    followed = kind(str(path), old, clock)
    path.write_bytes(content)
    with capture_logs() as logs:
        for _ in range(3):
            clock.pass_(NOTICED)
            assert tuple(followed) == old
    assert [each["event"] for each in logs] == ["identity.old_keys_stay"]
    assert logs[0]["setting"] == kind.setting  # type: ignore[attr-defined]
    assert "short" not in logs[0]["reason"]
