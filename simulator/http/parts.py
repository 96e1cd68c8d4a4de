"""What a request handler may use: the parts that `create_app` hung on the app."""

import random
import socket
from dataclasses import dataclass

from flask import current_app, request

from simulator.faults import Faults
from simulator.switchboard import Switchboard
from simulator.waiting import Wait


@dataclass(frozen=True)
class Parts:
    """Everything that one app is made of."""

    switchboard: Switchboard
    faults: Faults
    rng: random.Random
    wait: Wait


def parts() -> Parts:
    """Give the parts of the app that handles this request."""
    extension = current_app.extensions["simulator"]
    assert isinstance(extension, Parts)  # noqa: S101 - tells mypy, never fails
    return extension


def asks_for_xml() -> bool:
    """Whether this request's path ends in `.xml`; JSON is the default."""
    return request.path.endswith(".xml")


def suffix() -> str:
    """The suffix for URLs in an answer to this request."""
    return ".xml" if asks_for_xml() else ".json"


def client_socket() -> socket.socket | None:
    """The connection itself, where the server shows it (gunicorn does)."""
    sock = request.environ.get("gunicorn.socket")
    return sock if isinstance(sock, socket.socket) else None
