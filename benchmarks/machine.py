"""The machine in words: enough to judge the figures by, nothing that names it."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path


def description() -> str:
    """Say cores, CPU, kernel, versions, and how much else was running."""
    cpu = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    kernel = platform.release().partition("-")[0]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    packages = ", ".join(f"{name} {version(name)}" for name in ("Flask", "gunicorn", "requests"))
    return (
        f"{os.cpu_count()} cores of {cpu}, Linux {kernel}, "
        f"Python {platform.python_version()}, {packages}, Node {node.stdout.strip().lstrip('v')}"
    )


def load() -> float:
    """Return how many processes wanted to run over the last five minutes (load average)."""
    return os.getloadavg()[1]
