"""Run in namespaces of its own: reach for a name while the resolver says nothing; print why not.

It never ends by itself while libcurl waits for the name, unless closing is done elsewhere.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
import time

from service.egress import open_session
from service.egress.failures import NotSent

_SET_FLAGS, _UP = 0x8914, 1


def main() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))
    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolver.bind(("127.0.0.1", 53))
    session = open_session()
    began = time.monotonic()
    for _ in range(3):
        try:
            session.get("http://fonolo.example/", timeout=(0.5, 5))
        except NotSent as error:
            sys.stdout.write(f"{error.reason}\n")
    sys.stdout.write("in time\n" if time.monotonic() - began < 4 else "too late\n")
    sys.stdout.flush()
    os._exit(0)  # the look-ups go on for longer


if __name__ == "__main__":
    main()
