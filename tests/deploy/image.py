"""Build the Dockerfile where no registry and no engine can be reached, and run what comes of it.

buildah builds, on a Debian that stands in for the base; `unshare`, a read-only bind mount and
`chroot` run the image: a process 1 of its own, its user, its environment, /dev/shm, nothing else
to write to. The network is this machine's. All of it needs root.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.running import Process, poll

CHECKOUT = Path(__file__).parents[2]
#: What is made once and kept: the stand-ins, each some 250 MB. `make clean` removes it.
KEPT = CHECKOUT / "artifacts" / "image"
#: The files' times, in place of the moment of the build.
EPOCH = "1767225600"

_BUILD_WITHIN = 600
_RUN = """
root=$1 shm=$2; shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o "size=64m,mode=$shm" shm "$root/dev/shm"
mount -o remount,bind,ro "$root"
exec chroot "$@"
"""


@dataclass(frozen=True)
class Store:
    """A scratch store of images and containers."""

    folder: Path

    @cached_property
    def driver(self) -> str:
        """Layers need overlay mounts; copies (vfs) would take minutes."""
        return "overlay" if "overlay" in Path("/proc/filesystems").read_text() else "vfs"

    def buildah(self, *arguments: str | Path, within: float = 60) -> str:
        """Run one buildah command; return what it says."""
        command = [
            "buildah",
            *("--root", self.folder / "root", "--runroot", self.folder / "run"),
            *("--storage-driver", self.driver),
            *arguments,
        ]
        ended = subprocess.run(
            [str(each) for each in command],
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within,
        )
        assert ended.returncode == 0, ended.stdout[-5000:]
        return ended.stdout.strip()

    def stand_in(self, suite: str) -> str:
        """Import a Debian with Python that reaches the package index as this machine does."""
        name = f"localhost/stand-in:{suite}"
        container = self.buildah("from", "scratch").splitlines()[-1]
        self.buildah("add", "--quiet", container, debian(suite), "/", within=300)
        pip = self.folder / "pip.conf"
        pip.write_text(_pip_configuration())
        pip.chmod(0o644)  # whatever the umask: the same image each time
        self.buildah("copy", "--quiet", container, pip, "/etc/pip.conf")
        self.buildah("copy", "--quiet", container, _certificates(), "/etc/ssl/pip.crt")
        self.buildah("commit", "--quiet", "--rm", "--timestamp", EPOCH, container, name, within=300)
        return name

    def build(self, base: str, *options: str, context: Path = CHECKOUT, tag: str) -> Image:
        """Build the Dockerfile on `base`; docker's format, since OCI's has no HEALTHCHECK."""
        name = f"localhost/{tag}"
        self.buildah(
            "build",
            *("--format", "docker", "--layers", "--timestamp", EPOCH),
            *("--build-arg", f"BASE_IMAGE={base}"),
            *options,
            *("--tag", name),
            context,
            within=_BUILD_WITHIN,
        )
        return Image(self, name)


@contextmanager
def scratch_store() -> Iterator[Store]:
    """Yield a store, and leave nothing of it behind; in memory, where there is plenty."""
    memory = Path("/dev/shm")  # noqa: S108 - made with random names
    plenty = memory.is_dir() and shutil.disk_usage(memory).free > 6 * 2**30
    with TemporaryDirectory(
        prefix="callback-gateway-image-", dir=memory if plenty else None
    ) as folder:
        store = Store(Path(folder))
        try:
            yield store
        finally:
            store.buildah("rm", "--all")
            store.buildah("rmi", "--all", "--force", within=300)


@dataclass(frozen=True)
class Image:
    """A built image: what it says of itself, and its files."""

    store: Store
    name: str

    @cached_property
    def _description(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            self.store.buildah("inspect", "--type", "image", self.name)
        )
        return found

    @property
    def config(self) -> dict[str, Any]:
        """Return the configuration as an engine reads it."""
        found: dict[str, Any] = self._description["Docker"]["config"]
        return found

    @property
    def layers(self) -> list[str]:
        """Return the digests of the layers' contents, the base's first."""
        found: list[str] = self._description["Docker"]["rootfs"]["diff_ids"]
        return found

    @cached_property
    def root(self) -> Path:
        """Mount the image; return where."""
        container = self.store.buildah("from", "--pull-never", self.name).splitlines()[-1]
        return Path(self.store.buildah("mount", container).splitlines()[-1])

    def sizes(self) -> list[tuple[int, int]]:
        """Return the bytes of each layer above the base: compressed, and on disk."""
        folder = self.store.folder / "pushed"
        self.store.buildah(
            "push", "--quiet", "--disable-compression", self.name, f"dir:{folder}", within=300
        )
        layers = json.loads((folder / "manifest.json").read_text())["layers"][1:]
        blobs = [(folder / each["digest"].removeprefix("sha256:")).read_bytes() for each in layers]
        shutil.rmtree(folder)
        return [(len(gzip.compress(blob)), len(blob)) for blob in blobs]

    def command(
        self, *program: str, user: str | None = None, shm: str = "1777", **env: str
    ) -> list[str]:
        """Say how to run `program` in the image, as its user, on a read-only root."""
        given = dict(pair.split("=", 1) for pair in self.config["Env"]) | env
        return [
            *("/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child"),
            *("setpriv", "--no-new-privs", "sh", "-euc", _RUN, "sh", str(self.root), shm),
            *(f"--userspec={user or self.config['User']}", "--groups=", str(self.root)),
            *("/usr/bin/env", "-i", *(f"{name}={value}" for name, value in given.items())),
            *program,
        ]

    def run(self, *program: str, **how: str) -> subprocess.CompletedProcess[str]:
        """Run `program` to its end."""
        return subprocess.run(
            self.command(*program, **how), capture_output=True, text=True, timeout=60
        )

    @contextmanager
    def started(self, *arguments: str, **env: str) -> Iterator[Running]:
        """Start the image as an engine does: its entrypoint, its command or other arguments."""
        program = [*self.config["Entrypoint"], *(arguments or self.config["Cmd"] or ())]
        running = Running(Process(self.command(*program, **env), {}))
        try:
            yield running
        finally:
            running.signal(signal.SIGTERM)
            running.process.stop()


@dataclass(frozen=True)
class Running:
    """A running container; its process 1 is the child of `process`."""

    process: Process

    def signal(self, number: int) -> None:
        """Send a signal to its process 1, if it still runs."""
        if self.process.popen.poll() is None:
            pid = self.process.popen.pid
            children = Path(f"/proc/{pid}/task/{pid}/children")
            os.kill(int(poll(children.read_text)), number)

    def wait(self) -> int:
        """Wait for its end; return its exit code."""
        return self.process.wait()


def debian(suite: str) -> Path:
    """Return a small Debian with Python as an archive, made if it is not there yet."""
    archive = KEPT / f"{suite}.tar"
    if not archive.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        unfinished = archive.with_suffix(".unfinished.tar")
        subprocess.run(
            [
                *("mmdebstrap", "--quiet", "--variant=minbase"),
                "--include=python3,python3-venv,python3-pip,ca-certificates",
                *(suite, unfinished),
            ],
            check=True,
            timeout=600,
        )
        unfinished.rename(archive)
    return archive


def _pip_configuration() -> str:
    """Say what this machine's pip is told of indexes that lie on the network."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    variables = dict(line.split("=", 1) for line in listed.splitlines())
    lines = ["[global]", "cert = /etc/ssl/pip.crt"]
    for name in ("index-url", "extra-index-url"):
        given = variables.get(f":env:.{name}", variables.get(f"global.{name}", ""))
        urls = given.strip("'").split()
        if reached := [url for url in urls if not url.startswith("file:")]:
            lines.append(f"{name} = {' '.join(reached)}")
    return "\n".join([*lines, ""])


def _certificates() -> Path:
    found = os.environ.get("PIP_CERT") or ssl.get_default_verify_paths().cafile
    assert found, "no bundle of certificates: name one in PIP_CERT"
    return Path(found)
