"""A private certificate authority, made with openssl."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Authority:
    """Sign certificates for servers; `pem` is what its clients must trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._openssl(
            ["req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=Private authority"]
            + ["-keyout", "ca.key", "-out", "ca.pem"]
        )
        self.pem = (folder / "ca.pem").read_text()

    def serve(self, names: str, days: int = 1) -> ssl.SSLContext:
        """Return what a server needs to speak for `names`, such as `DNS:a.example,IP:127.0.0.1`."""
        (self._folder / "names").write_text(f"subjectAltName={names}\n")
        self._openssl(["req", *_KEY, "-subj", "/CN=server", "-keyout", "s.key", "-out", "s.csr"])
        self._openssl(
            ["x509", "-req", "-in", "s.csr", "-CA", "ca.pem", "-CAkey", "ca.key"]
            + ["-CAcreateserial", "-days", str(days), "-extfile", "names", "-out", "s.pem"]
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "s.pem", self._folder / "s.key")
        return context

    def _openssl(self, command: list[str]) -> None:
        subprocess.run(["openssl", *command], cwd=self._folder, check=True, capture_output=True)
