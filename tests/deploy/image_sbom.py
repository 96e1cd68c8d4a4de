"""Write the bill of materials of what the image adds to its base, as CycloneDX.

Usage: image_sbom.py UV FILE [PYTHON_VERSION [gateway | simulator]]

What is listed is what the lock file means for that Python on Linux, whichever Python asks. The
hashes are those that the lock file allows: one a file that the index has of a release. Nothing in
it depends on when or where it was made. The base brings a bill of its own.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[2]
#: Distribution -> its lock file and its project's.
DISTRIBUTIONS = {
    "gateway": (CHECKOUT / "requirements/runtime.txt", CHECKOUT / "pyproject.toml"),
    "simulator": (CHECKOUT / "requirements/simulator.txt", CHECKOUT / "simulator/pyproject.toml"),
}
#: For releases whose metadata name their licence only by a classifier.
_CLASSIFIED = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_BY_NAME = {"Apache 2.0": "Apache-2.0", "MIT License": "MIT", "Apache License 2.0": "Apache-2.0"}


def bill(uv: str, python: str, distribution: str) -> dict[str, Any]:
    """Return the bill for an image of the distribution with that Python (`3.14`)."""
    lock, described = DISTRIBUTIONS[distribution]
    project = tomllib.loads(described.read_text())["project"]
    with TemporaryDirectory() as folder:
        subprocess.run(
            [
                *(uv, "pip", "install", "--quiet", "--target", folder, "--require-hashes"),
                *("--python-version", python, "--python-platform", "x86_64-manylinux_2_28"),
                *("--only-binary", ":all:", "--requirements", lock),
            ],
            check=True,
        )
        installed = {_name(each): each for each in distributions(path=[folder])}
        hashes = _locked_hashes(lock)
        components = [_component(installed[name], hashes) for name in sorted(installed)]
        graph = [_needs(installed[name], set(installed), python) for name in sorted(installed)]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "bom-ref": project["name"],
                "type": "application",
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": f"pkg:pypi/{project['name']}@{project['version']}",
            },
        },
        "components": components,
        "dependencies": [
            {
                "ref": project["name"],
                "dependsOn": _references(project["dependencies"], installed, python),
            },
            *graph,
        ],
    }


def _component(found: Distribution, hashes: dict[str, list[str]]) -> dict[str, Any]:
    name = _name(found)
    return {
        "bom-ref": name,
        "type": "library",
        "name": name,
        "version": found.version,
        "description": found.metadata["Summary"],
        "licenses": [_licence(found)],
        "purl": f"pkg:pypi/{name}@{found.version}",
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"pkg:pypi/{name}@{found.version}",
                "hashes": [
                    {"alg": "SHA-256", "content": each}
                    for each in hashes[f"{name}=={found.version}"]
                ],
            }
        ],
    }


def _needs(found: Distribution, known: set[str], python: str) -> dict[str, Any]:
    return {"ref": _name(found), "dependsOn": _references(found.requires or [], known, python)}


def _references(requirements: list[str], known: Any, python: str) -> list[str]:
    """Name what is needed on that Python, extras left out."""
    where = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "extra": "",
    }
    needed = [Requirement(each) for each in requirements]
    names = {
        canonicalize_name(each.name)
        for each in needed
        if each.marker is None or each.marker.evaluate(where)
    }
    return sorted(names & set(known))


def _licence(found: Distribution) -> dict[str, Any]:
    """Return the licence as an SPDX expression, or by the name the release gives it."""
    stated = found.metadata["License-Expression"]
    classified = [
        _CLASSIFIED[each]
        for each in found.metadata.get_all("Classifier") or []
        if each in _CLASSIFIED
    ]
    named = (found.metadata["License"] or "").strip()
    if named and "\n" not in named:
        stated = stated or _BY_NAME.get(named, named)
    return {"expression": stated or " AND ".join(classified)}


def _locked_hashes(lock: Path) -> dict[str, list[str]]:
    text = re.sub(r"\\\n", " ", lock.read_text())
    lines = (line.split() for line in text.splitlines() if "==" in line)
    return {
        line[0]: [each.removeprefix("--hash=sha256:") for each in line if "sha256:" in each]
        for line in lines
    }


def _name(found: Distribution) -> str:
    return canonicalize_name(found.metadata["Name"])


def main(uv: str, file: str, python: str = "3.14", distribution: str = "gateway") -> None:
    """Write the bill, unless it breaks CycloneDX's schema."""
    text = json.dumps(bill(uv, python, distribution), indent=2) + "\n"
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault:
        raise SystemExit(f"not CycloneDX: {fault}")
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
