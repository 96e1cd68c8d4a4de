"""The commands that the READMEs show, run as they stand there; only the cluster is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.deploy.chart import CHART, ROOT, TOOLS, find, run

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


@pytest.mark.parametrize("page", PAGES[1:], ids=["chart"])
def test_the_values_for_production_render(page: Path) -> None:
    [values] = re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    least = "--set=fonolo.existingSecret=fonolo,profiles.a=CP7d119e82f008db77bb97f9ace2d7de96"
    done = run(TOOLS / "helm", "template", "r", CHART, "-f", "-", least, given=values)
    assert done.returncode == 0, done.stderr


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
