"""What the machine allows: descriptors, and room in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.server import descriptors, memory


@pytest.mark.parametrize(
    ("allowed", "connections"),
    [(1, 1), (256, 128), (1024, 512), (2048, 1024), (4096, 3072), (5120, 4096), (2**30, 4096)],
)
def test_connections_leave_descriptors_for_calls(allowed: int, connections: int) -> None:
    assert descriptors.connections(allowed) == connections


def test_a_folder_has_room_or_it_has_not(tmp_path: Path) -> None:
    assert memory.has_room(str(tmp_path), 4096)
    assert not memory.has_room(str(tmp_path), 2**60)
    assert not memory.has_room(str(tmp_path / "nowhere"), 1)
    assert not list(tmp_path.iterdir())


def test_without_room_anywhere_it_does_not_start() -> None:
    with pytest.raises(SystemExit):
        memory.folder(2**60)
