"""Files that travel with the package: in the wheel beside the code, in a checkout at its root."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def asset(name: str) -> Path:
    """Return where the file or folder of that name lies."""
    packaged = _PACKAGE / "files" / name
    return packaged if packaged.exists() else _PACKAGE.parent / name
