"""Gateways built in this process over the running simulator, and how their operations are asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.fonolo import FonoloClient
from service.settings import Settings
from tests.contract.description import operations
from tests.running import (
    CUSTOMER_SERVICE,
    DOCUMENT_PROFILE,
    WEB_PROFILE,
    Simulator,
    gateway_env,
    poll,
)

ALIASES = {
    "default": WEB_PROFILE,
    "unasked": DOCUMENT_PROFILE,  # no questions, no scheduling, three options
    "northwind": "CP990c4a1841ef302579e1fd6556318be8",  # options and questions of every kind, SMS
    "holiday": "CPafe5948195ec0676a832e0d3613aa0d7",  # paused
}
PROFILES = ",".join(f"{alias}={sid}" for alias, sid in ALIASES.items())
BILLING = "CO3d2fc711143c2e5e1dcc4700baeb754c"
CLOSED_OPTION = "COb3eb5d244f7f36f220f8ef68b5aacd66"
PAUSED_OPTION = "COa7b630086ec50dda3816e58327cbe286"
#: What a path is filled with, where a test says nothing else.
GOOD = {
    "alias": "default",
    "option": CUSTOMER_SERVICE,
    "id": "nothing",
    "code": "outcome_unknown",
    "version": "0123456789abcdef",
    "module": "element.js",
    "words": "fr.js",
}
#: Nothing listens there.
NOWHERE = "http://127.0.0.1:1/3.0/"

#: Numbers that were never called before and end well.
_numbers = (f"1416366{last}" for last in itertools.count(2500))


def fresh_number() -> str:
    return next(_numbers)


@dataclass
class Caller:
    """A client of one gateway, which fills paths and bodies with what is good."""

    client: FlaskClient

    def ask(self, operation_id: str, **request: Any) -> TestResponse:
        """Ask an operation; what GOOD names goes into the path, the rest to Flask."""
        operation = operations()[operation_id]
        path = operation.path.format_map({n: request.pop(n, good) for n, good in GOOD.items()})
        if operation.body and not request.keys() & {"json", "data"}:
            request["json"] = {"number": fresh_number(), "option": CUSTOMER_SERVICE}
        return self.client.open(path, method=operation.method, buffered=True, **request)


@dataclass
class World:
    """The simulator, and any number of gateways over it; call-backs are known to all of them."""

    simulator: Simulator
    _ended: list[str] = field(default_factory=list)

    def caller(self, *, fonolo: FonoloClient | None = None, **settings: str) -> Caller:
        """Build a gateway with these settings; `fonolo` stands in for its client."""
        base = {"base_url": self.simulator.base_url, "CALLBACK_PROFILES": PROFILES}
        environ = gateway_env(**{**base, **settings})
        app = create_app(Settings.read(environ), fonolo=fonolo)
        return Caller(app.test_client())

    def lonely_caller(self, **settings: str) -> Caller:
        """Build a gateway whose Fonolo cannot be reached."""
        return self.caller(base_url=NOWHERE, **settings)

    def started(self, **body: Any) -> str:
        """Start a call-back; return its id."""
        body = {"number": fresh_number(), "option": CUSTOMER_SERVICE, **body}
        answer = self.caller().ask("startCallback", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def ended(self) -> str:
        """Return the id of a call-back that has ended in success."""
        if not self._ended:
            caller, id = self.caller(), self.started()
            poll(lambda: caller.ask("getCallback", id=id).json["final"])
            self._ended.append(id)
        return self._ended[0]


class BrokenFonolo:
    """A client that fails in a way nobody has thought of."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("nobody has thought of this")


@contextmanager
def site_verify(answer: bytes) -> Iterator[str]:
    """Run a CAPTCHA provider that always gives the same answer; yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/siteverify"
        finally:
            server.shutdown()
            thread.join()


def captcha(url: str) -> dict[str, str]:
    """Return the settings of a CAPTCHA whose provider is asked at `url`."""
    return {
        "CAPTCHA_PROVIDER": "turnstile",
        "CAPTCHA_SITE_KEY": "public",
        "CAPTCHA_SECRET": "only-for-tests",
        "CAPTCHA_VERIFY_URL": url,
    }
