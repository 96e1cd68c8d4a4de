"""Every feature of the chart renders, and Kubernetes' own schemas accept what comes out."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from tests.deploy.chart import (
    CHART,
    CI_VALUES,
    HELMS,
    KUBERNETES,
    LEAST,
    ROOT,
    TOOLS,
    find,
    gateway_pod,
    helm,
    merged,
    render,
    render_file,
    run,
)

#: Not in kubernetes-validate; tests/deploy/test_chart_custom_resources.py looks at them.
CUSTOM = {"HTTPRoute", "PodMonitor", "PrometheusRule", "ServiceMonitor"}
each_feature = pytest.mark.parametrize("path", CI_VALUES, ids=lambda path: path.stem)


@pytest.mark.parametrize("program", HELMS)
@each_feature
def test_a_feature_passes_helms_strict_lint(path: Path, program: str) -> None:
    done = run(TOOLS / program, "lint", "--strict", CHART, "-f", path)
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout


def test_the_programs_are_helm_4_and_helm_3() -> None:
    said = [run(TOOLS / program, "version", "--template", "{{.Version}}") for program in HELMS]
    assert [each.stdout[:3] for each in said] == ["v4.", "v3."]


@each_feature
def test_both_helms_render_a_feature_alike(path: Path) -> None:
    command = ("template", "gateway", CHART, "--namespace", "callbacks", "-f", path)
    four, three = (run(TOOLS / program, *command) for program in HELMS)
    assert (four.returncode, four.stderr) == (0, "")
    assert four.stdout == three.stdout


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_own_schema_accepts_every_feature(version: str, tmp_path: Path) -> None:
    for path in CI_VALUES:
        manifests = [
            each
            for each in render_file(path, "--kube-version", version)
            if each["kind"] not in CUSTOM
        ]
        (tmp_path / path.name).write_text(yaml.safe_dump_all(manifests))
    done = run(
        TOOLS / "kubernetes-validate", "-k", version, "--strict", "--quiet", *tmp_path.iterdir()
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_template_is_rendered_by_some_feature() -> None:
    text = "".join(helm("template", "r", CHART, "-f", path, values={}) for path in CI_VALUES)
    templates = {
        f"templates/{each.relative_to(CHART / 'templates')}"
        for each in (CHART / "templates").rglob("*.yaml")
    }
    assert {each for each in templates if f"/{each}\n" not in text} == set()


@each_feature
def test_names_fit_even_under_the_longest_release_name(path: Path) -> None:
    release = "r" * 53
    for each in render_file(path, release=release):
        assert len(each["metadata"]["name"]) <= 63
        assert all(len(value) <= 63 for value in each["metadata"]["labels"].values())


def test_two_releases_in_a_namespace_share_nothing() -> None:
    values = yaml.safe_load((CHART / "ci/simulator-values.yaml").read_text("utf-8"))
    everything = merged(
        values, {"dashboard": {"enabled": True}, "prometheusRule": {"enabled": True}}
    )
    one, two = (render(everything, release=name) for name in ("one", "two"))
    names = [{(each["kind"], each["metadata"]["name"]) for each in side} for side in (one, two)]
    assert names[0].isdisjoint(names[1])
    selectors = [find(side, "Service")["spec"]["selector"] for side in (one, two)]
    assert selectors[0] != selectors[1]


@each_feature
def test_services_budgets_and_monitors_select_the_gateways_pods_alone(path: Path) -> None:
    manifests = render_file(path)
    labels = gateway_pod(manifests)["metadata"]["labels"]
    for name in ("gateway", "metrics"):
        selector = find(manifests, "Service", name)["spec"]["selector"]
        assert selector.items() <= labels.items()
        assert selector["app.kubernetes.io/component"] == "gateway"
    budget = find(manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"]
    assert budget == find(manifests, "Deployment")["spec"]["selector"]["matchLabels"]


def test_the_charts_versions_are_the_projects() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (chart["version"], chart["appVersion"]) == (project["version"],) * 2
    image = gateway_pod(render())["spec"]["containers"][0]["image"]
    assert image == f"callback-gateway:{project['version']}"


def test_a_digest_pins_the_image() -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    manifests = render(merged(LEAST, {"image": {"digest": digest, "tag": "ignored"}}))
    image = gateway_pod(manifests)["spec"]["containers"][0]["image"]
    assert image == f"callback-gateway@{digest}"


def test_the_chart_can_be_packaged_and_the_package_renders(tmp_path: Path) -> None:
    done = run(TOOLS / "helm", "package", CHART, "-d", tmp_path)
    assert done.returncode == 0, done.stderr
    [package] = tmp_path.glob("*.tgz")
    text = helm("template", "r", package, "--set", "dashboard.enabled=true,tests.enabled=true")
    assert "SIMULATOR" in text


def test_it_can_be_part_of_another_chart(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: all\nversion: 1.0.0\n")
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / CHART.name).symlink_to(CHART)
    text = helm("template", "r", tmp_path, values={CHART.name: LEAST, "global": {"region": "ca"}})
    assert "kind: Deployment" in text


@each_feature
def test_its_notes_say_what_to_do_next(path: Path) -> None:
    text = helm("install", "r", CHART, "--dry-run=client", "-f", path, values={})
    notes = text.split("NOTES:")[1]
    assert "callback-gateway check" in notes
    assert "/v1/profiles/" in notes
    values = yaml.safe_load(path.read_text("utf-8"))
    assert ("rollout restart" in notes) == ("existingSecret" in str(values))
    assert "WARNING: no Redis" in notes or "redis" in values or "simulator" in values
