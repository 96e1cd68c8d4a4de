"""What a kubelet would make of a rendered pod: its environment, and the files that it has."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

from tests.deploy.chart import Manifest, find


def pod_of(manifests: list[Manifest], component: str = "gateway") -> Manifest:
    """Return the pod of the gateway, or of the check before it."""
    kind = {"gateway": "Deployment", "check": "Job"}[component]
    pod: Manifest = find(manifests, kind, component)["spec"]["template"]
    return pod


def environment(manifests: list[Manifest], component: str = "gateway") -> dict[str, str]:
    """Return the environment of the pod's first container, but for what comes out of Secrets."""
    container = pod_of(manifests, component)["spec"]["containers"][0]
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


def mounted(manifests: list[Manifest], component: str = "gateway") -> dict[str, tuple[str, str]]:
    """Return, for each variable that names a mounted file, the object and the key that it is."""
    spec = pod_of(manifests, component)["spec"]
    folders = {
        each["name"]: each["mountPath"]
        for each in spec["containers"][0].get("volumeMounts", [])
        if each.get("readOnly") and "subPath" not in each
    }
    keys = {
        f"{folders[volume['name']]}/{item['path']}": (origin["name"], item["key"])
        for volume in spec.get("volumes", [])
        for source in volume.get("projected", {}).get("sources", [])
        for origin in source.values()
        for item in origin["items"]
    }
    named = environment(manifests, component)
    return {name: keys[path] for name, path in named.items() if path in keys}


def texts(secret: Manifest) -> dict[str, str]:
    """Return what a Secret holds."""
    return {key: b64decode(value).decode() for key, value in secret["data"].items()}


def own_data(manifests: list[Manifest]) -> dict[tuple[str, str], str]:
    """Return what the Secrets of the chart's own hold, by their names and keys."""
    return {
        (each["metadata"]["name"], key): value
        for each in manifests
        if each["kind"] == "Secret"
        for key, value in texts(each).items()
    }


def with_files(
    manifests: list[Manifest],
    folder: Path,
    component: str = "gateway",
    more: dict[tuple[str, str], str] | None = None,
) -> dict[str, str]:
    """Write the files that the pod would have; return its environment, naming them.

    `more` are Secrets that are not the chart's own; what is in neither is left out, as the kubelet
    does with what is optional.
    """
    data = {**own_data(manifests), **(more or {})}
    given = environment(manifests, component)
    for name, origin in mounted(manifests, component).items():
        path = folder / f"{component}-{name}"
        if origin in data:
            path.write_text(data[origin], "utf-8")
        given[name] = str(path)
    return given
