"""The commands that the READMEs show, run as they stand there; only the cluster is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.deploy.chart import CHART, HELMS, ROOT, TOOLS, find, render, run

EXAMPLES = ROOT / "helm" / "examples"
PAGES = [ROOT / "README.md", CHART / "README.md"]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def commands(page: Path, start: str) -> list[str]:
    """Return the commands of the page's shell blocks that begin so, continued lines joined."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith(start)]


@each_page
def test_every_install_line_renders(page: Path) -> None:
    lines = commands(page, "helm install ")
    assert len(lines) >= 2
    for line in lines:
        line = line.replace("helm install", f"{TOOLS}/helm template").replace(" --wait", "")
        done = run("sh", "-c", line)
        assert done.returncode == 0, done.stderr
        assert "kind: Deployment" in done.stdout


@each_page
def test_the_secret_that_is_shown_has_the_keys_that_the_chart_mounts(page: Path) -> None:
    [line] = commands(page, "kubectl create secret")
    line = line.replace("kubectl", f"{TOOLS}/kubectl", 1)
    done = run("sh", "-c", f"{line} --dry-run=client -o yaml")
    assert done.returncode == 0, done.stderr
    made = yaml.safe_load(done.stdout)
    [install] = [each for each in commands(page, "helm install ") if "existingSecret" in each]
    rendered = run("sh", "-c", install.replace("helm install", f"{TOOLS}/helm template"))
    pod = find(list(yaml.safe_load_all(rendered.stdout)), "Deployment")["spec"]["template"]
    [volume] = [each for each in pod["spec"]["volumes"] if each["name"] == "secrets"]
    named = {
        (source["secret"]["name"], item["key"])
        for source in volume["projected"]["sources"]
        for item in source["secret"]["items"]
    }
    assert named == {(made["metadata"]["name"], key) for key in made["data"]}


def test_the_values_that_are_shown_render() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGES[1].read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    least = "--set=fonolo.existingSecret=fonolo,profiles.a=CP7d119e82f008db77bb97f9ace2d7de96"
    for values in blocks:
        done = run(TOOLS / "helm", "template", "r", CHART, "-f", "-", least, given=values)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", HELMS)
@pytest.mark.parametrize("name", ["argocd", "flux"])
def test_the_values_of_an_example_render_twice_alike(name: str, program: str) -> None:
    text = (EXAMPLES / f"{name}.yaml").read_text("utf-8")
    *_, spec = (each["spec"] for each in yaml.safe_load_all(text))
    source = spec["source"] if name == "argocd" else spec["chart"]["spec"]
    values = source["helm"]["valuesObject"] if name == "argocd" else spec["values"]
    assert source["chart"] == CHART.name
    renderings = [render(values, program=program) for _ in range(2)]
    assert renderings[0] == renderings[1]
    assert find(renderings[0], "Deployment")


def test_argo_cd_leaves_the_count_to_the_autoscaler() -> None:
    spec = yaml.safe_load((EXAMPLES / "argocd.yaml").read_text("utf-8"))["spec"]
    assert spec["ignoreDifferences"][0]["jsonPointers"] == ["/spec/replicas"]
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]
    values = spec["source"]["helm"]["valuesObject"]
    assert "replicas" not in find(render(values), "Deployment")["spec"]
    assert [each for each in render(values) if each["kind"] == "Secret"] == []


def test_the_upgrades_that_prove_the_rest_render_too() -> None:
    base = "--set simulator.enabled=true"
    for line in commands(CHART / "README.md", "helm upgrade "):
        line = re.sub(r" --(reuse-values|wait|dry-run=server)", "", line)
        done = run("sh", "-c", f"{line.replace('helm upgrade', f'{TOOLS}/helm template')} {base}")
        assert done.returncode == 0, done.stderr


def test_the_images_are_those_of_the_dockerfile() -> None:
    stages = re.findall(r"^FROM \S+ AS (\S+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.M)
    assert stages[-1] == "gateway"
    assert "simulator" in stages
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    assert values["image"]["repository"] == "callback-gateway"
    assert values["simulator"]["image"]["repository"] == "callback-gateway-simulator"
    version = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))["appVersion"]
    text = PAGES[0].read_text("utf-8")
    for image in ("callback-gateway", "callback-gateway-simulator"):
        assert f"{image}:{version}" in text
