"""Build what a release is into a folder, so that the same commit always gives the same bytes.

`make release` builds the commit that is checked out, and nothing that is not committed: wheels and
sdists of both distributions, the widget, the chart, the images as OCI archives, bills of material,
and SHA256SUMS over all of them. Files' times are the commit's.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.deploy.chart import ROOT, TOOLS
from tests.deploy.image import scratch_store
from tests.deploy.versions import version

#: The Dockerfile's targets, and the names of their images.
IMAGES = {"gateway": "callback-gateway", "simulator": "callback-gateway-simulator"}
#: A base made here, for a machine that reaches no registry of images.
STAND_IN = "stand-in:"
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Release:
    """A commit, laid out in `source`, and the folder that its artifacts go to."""

    source: Path
    folder: Path
    commit: str
    epoch: int

    def distributions(self) -> None:
        """Build wheel and sdist of the gateway and of the simulator."""
        for project in (self.source, self.source / "simulator"):
            targets = ("-t", "wheel", "-t", "sdist")
            command = [_BIN / "hatchling", "build", *targets, "-d", self.folder]
            subprocess.run(
                command,
                cwd=project,
                env={**os.environ, "SOURCE_DATE_EPOCH": str(self.epoch), "PYTHONHASHSEED": "0"},
                check=True,
                stdout=subprocess.DEVNULL,
            )

    def widget(self) -> None:
        """Pack the widget's modules, as they are served."""
        widget = self.source / "widget"
        modules = sorted(each for each in widget.rglob("*.js") if each.name != "demo.js")
        files = {f"callback-widget/{each.relative_to(widget)}": each for each in modules}
        files["callback-widget/LICENSE"] = self.source / "LICENSE"
        self._pack(f"callback-widget-{version()}.tgz", files)

    def chart(self) -> None:
        """Package the chart; helm's own package has the time of its making in it."""
        chart = self.source / "helm" / "callback-gateway"
        with TemporaryDirectory() as folder:
            command = [TOOLS / "helm", "package", chart, "--destination", folder]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            [package] = Path(folder).glob("*.tgz")
            with tarfile.open(package) as archive:
                archive.extractall(folder, filter="data")
            inside = Path(folder, "callback-gateway")
            files = {
                str(each.relative_to(folder)): each
                for each in sorted(inside.rglob("*"))
                if each.is_file()
            }
            self._pack(package.name, files)

    def bills(self) -> None:
        """Write what each image adds to its base."""
        program = [TOOLS / "python", self.source / "tests/deploy/image_sbom.py", _BIN / "uv"]
        for target, name in IMAGES.items():
            bill = self.folder / f"{name}-{version()}.cdx.json"
            subprocess.run([*program, bill, "3.14", target], check=True)

    def images(self, base: str) -> None:
        """Build both images on `base`, each as an OCI archive."""
        created = datetime.fromtimestamp(self.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        arguments = {
            "SOURCE_DATE_EPOCH": self.epoch,
            "REVISION": self.commit,
            "CREATED": created,
            "VERSION": version(),
        }
        options = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        with scratch_store() as store:
            if base.startswith(STAND_IN):
                base = store.stand_in(base.removeprefix(STAND_IN))
            for target, name in IMAGES.items():
                more = ("--target", target, f"--timestamp={self.epoch}", *options)
                image = store.build(base, *more, context=self.source, tag=name)
                layout = store.folder / name
                tag = f"oci:{layout}:{version()}"
                store.buildah("push", "--quiet", "--format", "oci", image.name, tag, within=300)
                _without_comments(layout)
                files = {
                    str(each.relative_to(layout)): each
                    for each in sorted(layout.rglob("*"))
                    if each.is_file()
                }
                (self.folder / f"{name}-{version()}.oci.tar").write_bytes(self._tar(files))
                shutil.rmtree(layout)

    def sums(self) -> None:
        """Write SHA256SUMS, as `sha256sum --check` reads it."""
        lines = [
            f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n"
            for each in sorted(self.folder.iterdir())
        ]
        (self.folder / "SHA256SUMS").write_text("".join(lines))

    def _pack(self, name: str, files: dict[str, Path]) -> None:
        data = gzip.compress(self._tar(files), mtime=self.epoch)
        (self.folder / name).write_bytes(data)

    def _tar(self, files: dict[str, Path]) -> bytes:
        """Return the files as an archive that knows nothing of this machine."""
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, path in files.items():
                data = path.read_bytes()
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime, entry.mode = len(data), self.epoch, 0o644
                archive.addfile(entry, io.BytesIO(data))
        return whole.getvalue()


def _without_comments(layout: Path) -> None:
    """Take the names of intermediate images, which are made up, out of an image's history."""
    index = json.loads((layout / "index.json").read_text())
    [described] = index["manifests"]
    manifest = json.loads(_blob(layout, described).read_text())
    config = json.loads(_blob(layout, manifest["config"]).read_text())
    for entry in config["history"]:
        entry.pop("comment", None)
    manifest["config"] |= _replaced(layout, manifest["config"], config)
    described |= _replaced(layout, described, manifest)
    (layout / "index.json").write_text(json.dumps(index))


def _blob(layout: Path, described: dict[str, Any]) -> Path:
    return layout / "blobs" / "sha256" / str(described["digest"]).removeprefix("sha256:")


def _replaced(layout: Path, old: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Write the content in the old blob's place; return what describes it."""
    _blob(layout, old).unlink()
    data = json.dumps(content).encode()
    described = {"digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "size": len(data)}
    _blob(layout, described).write_bytes(data)
    return described


@contextmanager
def checked_out(folder: Path, commit: str = "HEAD") -> Iterator[Release]:
    """Lay the commit out beside the checkout; its artifacts go to `folder`."""

    def git(*arguments: str) -> bytes:
        return subprocess.run(
            ["git", "-C", ROOT, *arguments], check=True, stdout=subprocess.PIPE
        ).stdout

    with TemporaryDirectory(prefix="callback-gateway-release-") as source:
        with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", commit))) as archive:
            archive.extractall(source, filter="data")
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        sha, epoch = git("log", "-1", "--format=%H %ct", commit).decode().split()
        yield Release(Path(source), folder.resolve(), sha, int(epoch))


def build(folder: Path, *, base: str | None, commit: str = "HEAD") -> None:
    """Build the release; without a base, all but the images."""
    with checked_out(folder, commit) as release:
        release.distributions()
        release.widget()
        release.chart()
        release.bills()
        if base:
            release.images(base)
        release.sums()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base", help="the images' base, with its digest; none: no images")
    given = parser.parse_args()
    build(given.folder, base=given.base)
    for each in sorted(given.folder.iterdir()):
        sys.stdout.write(f"{each.stat().st_size:>12} {each.name}\n")


if __name__ == "__main__":
    main()
