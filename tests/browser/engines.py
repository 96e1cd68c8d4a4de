"""Firefox and WebKit, driven as W3C WebDriver says: over Marionette, and over WebKitWebDriver."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from tests.running import free_ports

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
WEBKIT = shutil.which("WebKitWebDriver")
_MINI_BROWSER = next(iter(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), None)
_ENVIRONMENT = {"TZ": "America/Toronto", "LIBGL_ALWAYS_SOFTWARE": "1", "MOZ_HEADLESS": "1"}
_PATIENCE = 60.0
#: Names of keys, as WebDriver writes them.
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "ArrowDown": "\ue015", "Space": " "}


class Engine:
    """A browser with one page: scripts run in it, keys are pressed in it."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function in the page; return what it returns."""
        return self._ask("execute", {"script": script, "args": list(arguments)})

    def go(self, url: str) -> None:
        self._ask("go", {"url": url})

    def reload(self) -> None:
        self._ask("reload", {})

    def keys(self, *keys: str) -> None:
        """Press keys one after another: by name, or as text."""
        pressed = [KEYS[key]] if (key := keys[0]) in KEYS else list(key)
        actions = [
            {"type": kind, "value": each} for each in pressed for kind in ("keyDown", "keyUp")
        ]
        self._ask("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})
        if keys[1:]:
            self.keys(*keys[1:])

    def _start(self, command: list[str], **environment: str) -> None:
        env = {**os.environ, **_ENVIRONMENT, "HOME": str(self._folder), **environment}
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)

    def _ask(self, command: str, body: dict[str, Any]) -> Any:
        raise NotImplementedError


class Firefox(Engine):
    """Firefox ESR, over Marionette: lengths and JSON on a socket."""

    _COMMANDS = {
        "execute": "WebDriver:ExecuteScript",
        "go": "WebDriver:Navigate",
        "reload": "WebDriver:Refresh",
        "actions": "WebDriver:PerformActions",
        "open": "WebDriver:NewSession",
    }

    def __enter__(self) -> Firefox:
        (port,) = free_ports(1)
        profile = self._folder / "profile"
        profile.mkdir()
        preferences = {"marionette.port": port, "intl.accept_languages": "en-CA"}
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self._start([str(FIREFOX), "--headless", "--marionette", "--profile", str(profile)])
        self._socket = self._stack.enter_context(_connect(port))
        self._read()
        self._ask("open", {})
        return self

    def _ask(self, command: str, body: dict[str, Any]) -> Any:
        message = json.dumps([0, 1, self._COMMANDS[command], body]).encode()
        self._socket.sendall(f"{len(message)}:".encode() + message)
        _, _, error, result = self._read()
        assert not error, error
        return result.get("value") if isinstance(result, dict) else result

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._socket.recv(1)
        text = b""
        while len(text) < int(length[:-1]):
            text += self._socket.recv(65536)
        return json.loads(text)


class WebKit(Engine):
    """WebKitGTK's MiniBrowser, on a display of its own."""

    _COMMANDS = {
        "execute": "execute/sync",
        "go": "url",
        "reload": "refresh",
        "actions": "actions",
    }

    def __enter__(self) -> WebKit:
        (port,) = free_ports(1)
        display = f":{port}"
        self._start(["Xvfb", display, "-screen", "0", "1400x1200x24"])
        self._start([str(WEBKIT), f"--port={port}"], DISPLAY=display)
        _connect(port).close()
        options = {"binary": str(_MINI_BROWSER), "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._url = f"http://127.0.0.1:{port}/session"
        session = self._post(self._url, wanted)
        self._url += f"/{session['sessionId']}"
        self._stack.callback(requests.delete, self._url, timeout=_PATIENCE)
        return self

    def _ask(self, command: str, body: dict[str, Any]) -> Any:
        return self._post(f"{self._url}/{self._COMMANDS[command]}", body)

    def _post(self, url: str, body: dict[str, Any]) -> Any:
        answer = requests.post(url, json=body, timeout=_PATIENCE)
        assert answer.ok, answer.text
        return answer.json()["value"]


def _connect(port: int) -> socket.socket:
    """Connect to what is starting."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


ENGINES: dict[str, type[Firefox] | type[WebKit]] = {"firefox": Firefox, "webkit": WebKit}
MISSING = {
    "firefox": not FIREFOX,
    "webkit": not (WEBKIT and _MINI_BROWSER and shutil.which("Xvfb")),
}
