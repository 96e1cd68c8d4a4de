"""What stands beside the gateway in an attack: a CAPTCHA provider, a middlebox, a clock."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.running import Simulator

Alter = Callable[[bytes], bytes]


@dataclass
class Neighbour:
    """Whatever stands beside the gateway; `settings` lead there."""

    settings: dict[str, str] = field(default_factory=dict)


class _Provider(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


@contextmanager
def captcha_provider(
    _: Simulator, *, mode: str, success: bool = True, hangs: bool = False
) -> Iterator[Neighbour]:
    """Run a siteverify server that takes every token or none, or never answers."""
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if hangs:
                closing.wait()
                return
            body = json.dumps({"success": success}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with _Provider(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Neighbour(
                {
                    "CAPTCHA_PROVIDER": "turnstile",
                    "CAPTCHA_SITE_KEY": "public",
                    "CAPTCHA_SECRET": "only-for-attacks",
                    "CAPTCHA_MODE": mode,
                    "CAPTCHA_VERIFY_URL": f"http://127.0.0.1:{server.server_port}/",
                }
            )
        finally:
            closing.set()
            server.shutdown()
            thread.join()


class Middlebox(Neighbour):
    """Passes connections on to Fonolo; `forget` makes it swallow all that comes on the open ones.

    `alter` changes what Fonolo answers.
    """

    def __init__(self, address: tuple[str, int], alter: Alter = lambda data: data) -> None:
        self._address = address
        self._alter = alter
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._passing: list[threading.Event] = []
        port = self._server.getsockname()[1]
        super().__init__({"FONOLO_BASE_URL": f"http://127.0.0.1:{port}/3.0/"})
        threading.Thread(target=self._accept, daemon=True).start()

    def forget(self) -> None:
        for passing in self._passing:
            passing.clear()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        try:
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(self._address)
                passing = threading.Event()
                passing.set()
                self._passing.append(passing)
                for ends in ((near, far, bytes), (far, near, self._alter)):
                    threading.Thread(target=_pass, args=(*ends, passing), daemon=True).start()
        except OSError:
            return


def _pass(source: socket.socket, target: socket.socket, alter: Alter, on: threading.Event) -> None:
    try:
        while data := source.recv(65536):
            if on.is_set():
                target.sendall(alter(data))
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@contextmanager
def middlebox(simulator: Simulator, alter: Alter = lambda data: data) -> Iterator[Middlebox]:
    """Run a middlebox between the gateway and the simulator."""
    at = urlsplit(simulator.origin)
    assert at.hostname
    assert at.port
    box = Middlebox((at.hostname, at.port), alter)
    try:
        yield box
    finally:
        box.close()


_SHIFTED = """
import time
from pathlib import Path
_shift, _time = Path(__file__).with_name("shift"), time.time
time.time = lambda: _time() + float(_shift.read_text())
"""


class WallClock(Neighbour):
    """A wall clock for the gateway, which `set` moves away from the true time, in seconds."""

    def __init__(self, folder: Path) -> None:
        super().__init__({"PYTHONPATH": str(folder)})
        self._folder = folder
        self.set(0)
        (folder / "sitecustomize.py").write_text(_SHIFTED)

    def set(self, shift: float) -> None:
        moved = self._folder / "moved"
        moved.write_text(str(shift))
        moved.replace(self._folder / "shift")


@contextmanager
def wall_clock(_: Simulator) -> Iterator[WallClock]:
    """Give the gateway a wall clock that can be set."""
    with tempfile.TemporaryDirectory() as folder:
        yield WallClock(Path(folder))
