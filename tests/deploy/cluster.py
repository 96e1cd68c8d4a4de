"""An API server as `lookup` sees it: discovery, and the objects that are put into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

from tests.deploy.chart import Manifest

#: API -> the resources that the chart looks up or makes, by kind.
APIS = {
    "v1": {
        "ConfigMap": "configmaps",
        "Secret": "secrets",
        "Service": "services",
        "ServiceAccount": "serviceaccounts",
    },
    "apps/v1": {"Deployment": "deployments", "ReplicaSet": "replicasets"},
    "autoscaling/v2": {"HorizontalPodAutoscaler": "horizontalpodautoscalers"},
    "policy/v1": {"PodDisruptionBudget": "poddisruptionbudgets"},
}


@dataclass
class Cluster:
    """The objects that stand, and a kubeconfig that leads to them."""

    objects: list[Manifest]
    kubeconfig: Path

    def answer(self, path: str) -> dict[str, Any] | None:
        """Return what the API server says; None: there is none."""
        if path == "/version":
            return {"major": "1", "minor": "35", "gitVersion": "v1.35.0"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups()}
        for api, kinds in APIS.items():
            prefix = f"/api/{api}" if api == "v1" else f"/apis/{api}"
            if path == prefix:
                return _resources(api, kinds)
            if path.startswith(f"{prefix}/namespaces/"):
                return self._objects(path.removeprefix(f"{prefix}/namespaces/").split("/"), kinds)
        return None

    def _objects(self, parts: list[str], kinds: dict[str, str]) -> dict[str, Any] | None:
        namespace, plural, *name = parts
        standing = [
            each
            for each in self.objects
            if each["metadata"]["namespace"] == namespace and kinds.get(each["kind"]) == plural
        ]
        if not name:
            return {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": standing}
        return next((each for each in standing if each["metadata"]["name"] == name[0]), None)


def _installed(standing: Manifest) -> Manifest:
    """Return the object as Helm has marked it, if it has made it."""
    metadata = standing["metadata"]
    if metadata.get("labels", {}).get("app.kubernetes.io/managed-by") != "Helm":
        return standing
    notes = {
        "meta.helm.sh/release-name": "gateway",
        "meta.helm.sh/release-namespace": metadata["namespace"],
        **metadata.get("annotations", {}),
    }
    return {**standing, "metadata": {**metadata, "annotations": notes}}


def _groups() -> list[dict[str, Any]]:
    named = [api.split("/") for api in APIS if "/" in api]
    versions = [(group, {"groupVersion": f"{group}/{v}", "version": v}) for group, v in named]
    return [
        {"name": group, "versions": [version], "preferredVersion": version}
        for group, version in versions
    ]


def _resources(api: str, kinds: dict[str, str]) -> dict[str, Any]:
    resources = [
        {"name": plural, "singularName": "", "namespaced": True, "kind": kind, "verbs": ["get"]}
        for kind, plural in kinds.items()
    ]
    return {"kind": "APIResourceList", "groupVersion": api, "resources": resources}


@contextmanager
def cluster(folder: Path, *objects: Manifest) -> Iterator[Cluster]:
    """Serve the objects on loopback."""
    standing = Cluster([_installed(each) for each in objects], folder / "kubeconfig")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = standing.answer(self.path.partition("?")[0])
            status = {"kind": "Status", "apiVersion": "v1", "reason": "NotFound", "code": 404}
            body = json.dumps(found or status).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = {"name": "test", "context": {"cluster": "test", "user": "test"}}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [
            {"name": "test", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
        ],
        "users": [{"name": "test", "user": {}}],
        "contexts": [context],
    }
    standing.kubeconfig.write_text(yaml.safe_dump(config))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield standing
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
