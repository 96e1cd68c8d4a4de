"""A forward proxy on a free port: CONNECT only, with credentials where they are wanted."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from types import TracebackType

HTML = b"<html><h1>Denied by the company's proxy</h1></html>"


class ProxyServer:
    """Tunnel to wherever a client wants, or answer `refusal` (a status line) with a page.

    `credentials` are `user:password`; without them every client is served. `to` is where all
    tunnels lead, whatever host was named.
    """

    def __init__(
        self,
        credentials: str = "",
        refusal: str = "",
        to: tuple[str, int] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.targets: list[str] = []
        self._wanted = base64.b64encode(credentials.encode()).decode() if credentials else ""
        self._refusal = refusal
        self._to = to
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._socket]

    def url(self, credentials: str = "") -> str:
        scheme = "https" if self._tls else "http"
        before = f"{credentials}@" if credentials else ""
        return f"{scheme}://{before}127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> ProxyServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._socket.accept()
                self._open.append(sock)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = sock.recv(65536)
                    if not piece:
                        return
                    head += piece
                self._answer(sock, head.decode("latin-1"))

    def _answer(self, sock: socket.socket, head: str) -> None:
        method, target, _ = head.split(" ", 2)
        self.targets.append(f"{method} {target}")
        if self._wanted and f"Proxy-Authorization: Basic {self._wanted}" not in head:
            sock.sendall(_page("407 Proxy Authentication Required", "Proxy-Authenticate: Basic"))
        elif self._refusal or method != "CONNECT":
            sock.sendall(_page(self._refusal or "405 Method Not Allowed"))
        else:
            host, _, port = target.rpartition(":")
            with socket.create_connection(self._to or (host, int(port))) as upstream:
                self._open.append(upstream)
                sock.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
                threading.Thread(target=copy, args=(upstream, sock), daemon=True).start()
                copy(sock, upstream)


def copy(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes until either side is closed."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _page(status: str, *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *more, f"Content-Length: {len(HTML)}", "Content-Type: text/html"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + HTML
