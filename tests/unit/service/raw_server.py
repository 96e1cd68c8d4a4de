"""A server of raw bytes on a free port: whatever an upstream can do wrong, it does on demand."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl


@dataclass
class Request:
    """One request as it came; `connection` counts the connections from 1."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))

    @property
    def credentials(self) -> str:
        return base64.b64decode(self.headers["authorization"].removeprefix("Basic ")).decode()


class ServedRequest:
    """One request being answered: send bytes, wait for the test's end, or just return to cut."""

    def __init__(self, server: RawServer, sock: socket.socket, request: Request) -> None:
        self.request = request
        self.keep_alive = False
        self._server = server
        self._sock = sock

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def half_close(self) -> None:
        self._sock.shutdown(socket.SHUT_WR)

    def set_option(self, option: int, value: bytes) -> None:
        self._sock.setsockopt(socket.SOL_SOCKET, option, value)

    def is_stopping(self) -> bool:
        return self._server.stopping.is_set()

    def wait_for(self, event: threading.Event) -> None:
        event.wait(10)

    def hang(self) -> None:
        """Say nothing more until the server stops."""
        self._server.stopping.wait()

    def drip(self, data: bytes, every: float) -> None:
        """Send byte by byte, a pause between each."""
        for byte in data:
            self.send(bytes([byte]))
            if self._server.stopping.wait(every):
                return


Script = Callable[[ServedRequest], None]


class RawServer:
    """Answer the n-th request with the n-th script; the last script answers all that follow."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._scripts = list(scripts)
        self._tls = tls
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/3.0/"

    def __enter__(self) -> RawServer:
        self._spawn(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stopping.set()
        for each in (self._socket, *self._open):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join(10)
        self._socket.close()

    def _spawn(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            self._spawn(self._serve, sock, self.connections)

    def _serve(self, sock: socket.socket, connection: int) -> None:
        try:
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                while (request := _read(sock, connection)) is not None:
                    with self._lock:
                        self.requests.append(request)
                        one = self._scripts[0]
                        script = self._scripts.pop(0) if len(self._scripts) > 1 else one
                    exchange = ServedRequest(self, sock, request)
                    script(exchange)
                    if not exchange.keep_alive:
                        return
        except OSError:
            return
        finally:
            sock.close()


def _read(sock: socket.socket, connection: int) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65536)
    return Request(method, target, headers, body, connection)


def head(length: int | None, status: str = "200 OK", *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *more]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def body(data: Any = None, status: Any = 200, message: str = "Fine.", **head_fields: Any) -> bytes:
    answer: dict[str, Any] = {"head": {"status": status, "message": message, **head_fields}}
    if data is not None:
        answer["data"] = data
    return json.dumps(answer).encode()


def answers(payload: bytes, status: str = "200 OK", *more: str, keep_alive: bool = True) -> Script:
    """Answer properly, and keep the connection for the next request."""

    def script(exchange: ServedRequest) -> None:
        exchange.send(head(len(payload), status, *more) + payload)
        exchange.keep_alive = keep_alive

    return script


def sends(data: bytes) -> Script:
    """Send these bytes, then cut the connection."""
    return lambda exchange: exchange.send(data)


def hangs(first: bytes = b"") -> Script:
    """Send these bytes, then nothing."""

    def script(exchange: ServedRequest) -> None:
        exchange.send(first)
        exchange.hang()

    return script


def drips(first: bytes, then: bytes, every: float = 0.02) -> Script:
    """Send the first bytes at once, the others one by one."""

    def script(exchange: ServedRequest) -> None:
        exchange.send(first)
        exchange.drip(then, every)

    return script
