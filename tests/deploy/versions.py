"""The project's version stands in pyproject.toml; this writes it wherever else it has to be.

`python -m tests.deploy.versions` after a change; a test says when it is forgotten.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: File -> what stands before a version; each must be there.
PLACES: dict[str, tuple[str, ...]] = {
    "simulator/pyproject.toml": (r'^version = "',),
    "openapi.yaml": (r"^  version: ",),
    "widget/package/package.json": (r'^  "version": "',),
    "Dockerfile": (r"^ARG VERSION=",),
    "README.md": (r"callback-gateway:", r"callback-gateway-simulator:"),
    "helm/callback-gateway/Chart.yaml": (r"^version: ", r'^appVersion: "', r"callback-gateway:"),
    "helm/callback-gateway/README.md": (r"callback-gateway:",),
    "helm/examples/argocd.yaml": (r"targetRevision: ",),
    "helm/examples/flux.yaml": (r"version: ",),
}
_NUMBER = r"\d+\.\d+\.\d+"


def version() -> str:
    """Return the project's version."""
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return found


def version_in(path: str) -> str:
    """Return the file as it should be."""
    text = (ROOT / path).read_text("utf-8")
    for before in PLACES[path]:
        text, count = re.subn(rf"({before}){_NUMBER}", rf"\g<1>{version()}", text, flags=re.M)
        assert count, f"{path}: no version after {before!r}"
    return text


def main() -> None:
    for path in PLACES:
        (ROOT / path).write_text(version_in(path), "utf-8")


if __name__ == "__main__":
    main()
