"""Pods meet the restricted Pod Security Standard, and checkov finds nothing unexplained."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.chart import CI_VALUES, ROOT, TOOLS, pod_specs, render_file, run

EXPLAINED: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "chart_findings.yaml").read_text("utf-8")
)
WRITABLE = ("/dev/shm", "/tmp")  # noqa: S108 - the pod's own
each_feature = pytest.mark.parametrize("path", CI_VALUES, ids=lambda path: path.stem)


@each_feature
def test_every_pod_is_restricted_and_has_no_rights(path: Path) -> None:
    for spec in pod_specs(render_file(path)):
        asked_for = path.stem == "vault-values" and "terminationGracePeriodSeconds" in spec
        assert spec["automountServiceAccountToken"] is asked_for
        assert spec["enableServiceLinks"] is False
        assert {"hostNetwork", "hostPID", "hostIPC"}.isdisjoint(spec)
        pod = spec["securityContext"]
        assert pod["runAsNonRoot"] is True
        # OpenShift gives each namespace a user of its own, and refuses another.
        assert pod.get("runAsUser") == (None if path.stem == "openshift-values" else 10001)
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in (*spec["containers"], *spec.get("initContainers", ())):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}
            assert "memory" in container["resources"]["limits"]
            assert all("hostPort" not in port for port in container.get("ports", []))


@each_feature
def test_only_volumes_of_the_restricted_standard_are_used(path: Path) -> None:
    for spec in pod_specs(render_file(path)):
        kinds = {kind for each in spec.get("volumes", []) for kind in each if kind != "name"}
        assert kinds <= {"configMap", "emptyDir", "projected", "secret"}


def test_the_secrets_are_for_the_pods_group_alone() -> None:
    for path in CI_VALUES:
        [spec] = [
            each for each in pod_specs(render_file(path)) if "terminationGracePeriodSeconds" in each
        ]
        secret = [
            origin
            for each in spec["volumes"]
            for origin in (each.get("projected"), each.get("secret"))
            if origin
        ]
        assert {oct(origin["defaultMode"]) for origin in secret} <= {"0o440"}


@each_feature
def test_what_writes_has_memory_to_write_to(path: Path) -> None:
    """The root is read-only; heartbeats and counts go to /dev/shm, all else to /tmp."""
    for spec in pod_specs(render_file(path)):
        if spec.get("restartPolicy") == "Never":  # the check and `helm test` write nothing
            continue
        memory = {
            each["name"]
            for each in spec["volumes"]
            if each.get("emptyDir", {}).get("medium") == "Memory" and each["emptyDir"]["sizeLimit"]
        }
        mounts = {each["mountPath"]: each["name"] for each in spec["containers"][0]["volumeMounts"]}
        assert {mounts.get(folder) for folder in WRITABLE} <= memory


def test_the_user_is_the_images() -> None:
    [user] = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.M)
    for spec in pod_specs(render_file(CI_VALUES[0])):
        context = spec["securityContext"]
        assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (
            int(user[0]),
            int(user[1]),
            int(user[1]),
        )


def test_checkov_finds_nothing_that_is_not_explained(tmp_path: Path) -> None:
    for path in CI_VALUES:
        feature = path.stem.removesuffix("-values")
        manifests = render_file(path, "--namespace", feature)
        (tmp_path / path.name).write_text(yaml.safe_dump_all(manifests))
    done = run(
        *(TOOLS / "checkov", "--framework", "kubernetes", "--skip-download", "--quiet"),
        *("--output", "json", "--directory", tmp_path),
    )
    results: dict[str, Any] = json.loads(done.stdout)
    assert results["summary"]["parsing_errors"] == 0
    assert results["summary"]["passed"] > 1000
    found = {
        (each["check_id"], f"{each['resource']}.{Path(each['file_path']).stem}")
        for each in results["results"]["failed_checks"]
    }
    unexplained = {
        (check, on)
        for check, on in found
        if check not in EXPLAINED or not re.search(f"^{EXPLAINED[check]['where']}", on)
    }
    assert unexplained == set()
    assert {check for check, _ in found} == set(EXPLAINED)
