"""The chart as the tests see it: helm's answers as Python."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "callback-gateway"
TOOLS = ROOT / ".venv-deploy" / "bin"
#: Helm 4 and Helm 3.
HELMS = ("helm", "helm3")
#: One values file for each feature.
CI_VALUES = sorted((CHART / "ci").glob("*-values.yaml"))
#: Kubernetes versions that the chart is held against: an old one, this one, the next one.
KUBERNETES = ("1.33.0", "1.35.0", "1.37.0")
#: The least that renders.
LEAST: dict[str, Any] = {
    "profiles": {"default": "CP7d119e82f008db77bb97f9ace2d7de96"},
    "fonolo": {"existingSecret": "fonolo"},
}

Manifest = dict[str, Any]


def run(*command: str | Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a tool from the root of the checkout; `given` is its standard input."""
    return subprocess.run(
        [str(part) for part in command], input=given, capture_output=True, text=True, cwd=ROOT
    )


def helm(
    verb: str,
    *arguments: str | Path,
    values: Mapping[str, Any] | None = None,
    program: str = "helm",
) -> str:
    """Return what helm prints; a failure is an AssertionError with helm's own words."""
    # JSON, since a text such as 1e3 is one reader's text and another's number in YAML.
    given = json.dumps(dict(LEAST if values is None else values))
    done = run(TOOLS / program, verb, *arguments, "--values", "-", given=given)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def render(
    values: Mapping[str, Any] | None = None,
    *arguments: str | Path,
    release: str = "gateway",
    program: str = "helm",
) -> list[Manifest]:
    """Render a release in the namespace `callbacks`; `values` are the least when left out."""
    arguments = (release, CHART, "--namespace", "callbacks", *arguments)
    text = helm("template", *arguments, values=values, program=program)
    return [each for each in yaml.safe_load_all(text) if each]


def render_file(path: Path, *arguments: str, release: str = "gateway") -> list[Manifest]:
    return render(yaml.safe_load(path.read_text("utf-8")), *arguments, release=release)


def refusal(values: Mapping[str, Any], release: str = "r") -> str:
    """Return the words with which helm refuses the values."""
    done = run(
        TOOLS / "helm", "template", release, CHART, "-f", "-", given=json.dumps(dict(values))
    )
    assert done.returncode != 0, "it was not refused"
    return done.stderr


def find(manifests: list[Manifest], kind: str, component: str = "gateway") -> Manifest:
    """Return the one manifest of the kind and component."""
    found = [
        each
        for each in manifests
        if each["kind"] == kind
        and each["metadata"]["labels"]["app.kubernetes.io/component"] == component
    ]
    assert len(found) == 1, f"{len(found)} of {kind} {component}"
    return found[0]


def pod_specs(manifests: list[Manifest]) -> list[Manifest]:
    """Return the specs of all pods, those of Deployments and Jobs too."""
    return [
        each["spec"] if each["kind"] == "Pod" else each["spec"]["template"]["spec"]
        for each in manifests
        if each["kind"] in {"Deployment", "Job", "Pod"}
    ]


def gateway_pod(manifests: list[Manifest]) -> Manifest:
    pod: Manifest = find(manifests, "Deployment")["spec"]["template"]
    return pod


def gateway_container(manifests: list[Manifest]) -> Manifest:
    container: Manifest = gateway_pod(manifests)["spec"]["containers"][0]
    return container


def merged(values: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with `more` over them, maps within maps merged."""
    both = dict(values)
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(old := both.get(name), dict):
            value = merged(old, value)
        both[name] = value
    return both
