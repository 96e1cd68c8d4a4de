"""A release is what it says it is, and the same bytes each time (`make image`)."""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.deploy.chart import HELMS, LEAST, helm
from tests.deploy.release import IMAGES, ROOT, build
from tests.deploy.versions import version

#: Images take minutes.
pytestmark = pytest.mark.timeout(1500)
CAN_BUILD_IMAGES = os.geteuid() == 0 and shutil.which("buildah") and shutil.which("mmdebstrap")
BASE = f"stand-in:{os.environ.get('STAND_IN', 'bookworm')}" if CAN_BUILD_IMAGES else None
#: Said once: a commit in the midst of the test must not change what is built.
COMMIT = subprocess.run(
    ["git", "-C", ROOT, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
).stdout.strip()
V = version()
NAMES = {
    f"callback_gateway-{V}-py3-none-any.whl",
    f"callback_gateway-{V}.tar.gz",
    f"fonolo_simulator-{V}-py3-none-any.whl",
    f"fonolo_simulator-{V}.tar.gz",
    f"callback-widget-{V}.tgz",
    f"callback-gateway-{V}.tgz",
    *(f"{name}-{V}.cdx.json" for name in IMAGES.values()),
    *(f"{name}-{V}.oci.tar" for name in IMAGES.values() if CAN_BUILD_IMAGES),
}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build(folder, base=BASE, commit=COMMIT)
    return folder


def test_it_is_all_that_a_release_is(dist: Path) -> None:
    assert {each.name for each in dist.iterdir()} == NAMES | {"SHA256SUMS"}


def test_its_sums_are_right(dist: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=dist, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": OK") == len(NAMES)


def test_a_second_build_under_another_umask_and_time_zone_is_the_same_to_the_byte(
    dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    before = os.umask(0o077)
    try:
        build(tmp_path, base=BASE, commit=COMMIT)
    finally:
        os.umask(before)
    assert (tmp_path / "SHA256SUMS").read_text() == (dist / "SHA256SUMS").read_text()


def test_what_is_not_committed_is_not_in_it(dist: Path) -> None:
    tracked = subprocess.run(
        ["git", "-C", ROOT, "ls-files"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    with tarfile.open(dist / f"callback_gateway-{V}.tar.gz") as archive:
        names = {each.name.partition("/")[2] for each in archive if each.isfile()}
    assert names <= {*tracked, "PKG-INFO"}
    with zipfile.ZipFile(dist / f"callback_gateway-{V}-py3-none-any.whl") as wheel:
        assert not [each for each in wheel.namelist() if each.endswith(".pyc")]


@pytest.mark.parametrize("program", HELMS)
def test_the_chart_in_it_renders(dist: Path, program: str) -> None:
    text = helm("template", "r", dist / f"callback-gateway-{V}.tgz", values=LEAST, program=program)
    assert f"callback-gateway:{V}" in text


def test_the_widget_in_it_is_whole(dist: Path) -> None:
    """All that one module imports from another is there."""
    with tarfile.open(dist / f"callback-widget-{V}.tgz") as archive:
        files = {each.name: archive.extractfile(each) for each in archive}
        names = {name.removeprefix("callback-widget/") for name in files}
        text = {name: file.read().decode() for name, file in files.items() if file}
    assert {"callback-widget.js", "LICENSE"} <= names
    assert "demo.js" not in names
    for name, module in text.items():
        for imported in re.findall(r"(?:from|import\(?) *[\"'](\.[\w./-]+\.js)[\"']", module):
            assert posixpath.normpath(posixpath.join(posixpath.dirname(name), imported)) in text


def test_the_bills_are_of_both_programs(dist: Path) -> None:
    names = {
        json.loads((dist / f"{name}-{V}.cdx.json").read_text())["metadata"]["component"]["name"]
        for name in IMAGES.values()
    }
    assert names == {"callback-gateway", "fonolo-simulator"}


@pytest.mark.skipif(not CAN_BUILD_IMAGES, reason="root, buildah and mmdebstrap build images")
@pytest.mark.parametrize("name", IMAGES.values())
def test_an_image_in_it_is_an_oci_layout_of_the_version(dist: Path, name: str) -> None:
    with tarfile.open(dist / f"{name}-{V}.oci.tar") as archive:
        index = archive.extractfile("index.json")
        assert index is not None
        [manifest] = json.load(index)["manifests"]
    assert manifest["annotations"]["org.opencontainers.image.ref.name"] == V


def test_nothing_in_it_names_where_it_was_built(dist: Path) -> None:
    here = str(ROOT).encode()
    for each in dist.glob("*.whl"):
        with zipfile.ZipFile(each) as wheel:
            assert not [name for name in wheel.namelist() if here in wheel.read(name)]
    for each in (*dist.glob("*gz"), *dist.glob("*.json")):
        data = each.read_bytes()
        if not each.name.endswith(".json"):
            with tarfile.open(each) as archive:
                files = [archive.extractfile(entry) for entry in archive if entry.isfile()]
                data = b"".join(file.read() for file in files if file)
        assert here not in data, each.name
