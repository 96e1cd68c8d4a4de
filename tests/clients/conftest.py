"""Clients generated from openapi.yaml by the guide's own commands, and what reads or runs them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests import running
from tests.contract.description import ROOT
from tests.guides import blocks
from tests.running import Gateway, Simulator

SCRATCH = ROOT / "artifacts" / "clients"
BIN = ROOT / ".venv-clients" / "bin"
#: Out of the npm registry: the compilers, as their makers publish them.
COMPILERS = ("typescript@5.9.3", "kotlin-compiler@2.4.20", "@types/node@20.19.25")
#: The guide's commands, by the generator that they name.
COMMANDS = {
    shlex.split(line)[3]: shlex.split(line)[1:]
    for block in blocks("mobile.md", "sh")
    for line in block.splitlines()
    if line.startswith("openapi-generator-cli generate -g ")
}
_COMPLAINT = re.compile(r"\b(WARN|ERROR)\b|^\S*Exception")
#: What the generator says of itself: it is new to OpenAPI 3.1, and it looks for a schema without
#: a name whenever a body has members that may be null.
_EXPLAINED = re.compile("OpenAPI 3.1 support is still in beta|Failed to get the schema name: null")


@dataclass(frozen=True)
class Client:
    """A generated client: its folder, and what the generator complained of."""

    folder: Path
    complaints: list[str]

    def sources(self) -> str:
        """Return all of its code as one text."""
        suffixes = {".swift", ".kt", ".ts", ".py"}
        files = [each for each in self.folder.rglob("*") if each.suffix in suffixes]
        return "\n".join(each.read_text("utf-8") for each in files if "test" not in each.name)


@cache
def generated(name: str) -> Client:
    """Generate the client, once a run."""
    shutil.rmtree(SCRATCH / name, ignore_errors=True)
    (SCRATCH / name).mkdir(parents=True)
    shutil.copy(ROOT / "openapi.yaml", SCRATCH / name)
    output = run(BIN / "openapi-generator-cli", *COMMANDS[name], within=SCRATCH / name)
    folder = SCRATCH / name / COMMANDS[name][COMMANDS[name].index("-o") + 1]
    lines = [line for line in output.splitlines() if not _EXPLAINED.search(line)]
    return Client(folder, [line for line in lines if _COMPLAINT.search(line)])


def run(*command: str | Path, within: Path = ROOT, **env: str) -> str:
    """Run a command to its end; return what it prints."""
    found = subprocess.run(
        [str(part) for part in command],
        cwd=within,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout + found.stderr


@pytest.fixture(scope="session")
def compilers() -> Path:
    """Install the compilers; return the folder of their programs."""
    folder = SCRATCH / "compilers"
    folder.mkdir(parents=True, exist_ok=True)
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *COMPILERS)
    return folder / "node_modules"


@pytest.fixture(scope="module")
def gateway(module_simulator: Simulator) -> Iterator[Gateway]:
    with running.gateway(module_simulator) as gateway:
        yield gateway
