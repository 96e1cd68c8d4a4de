"""Faults on their way out: refusals before the handler runs, the rest after it has.

So every start that meets a fault other than a refusal has been placed before its answer is
spoilt: what the gateway must survive is a phone that may ring.
"""

import errno
import socket
from collections.abc import Iterator
from http import HTTPStatus

from flask import Response, g, request

from simulator.envelope import OK, bare_failure, failure
from simulator.faults import InjectedFault, Mode
from simulator.http.parts import asks_for_xml, client_socket, parts
from simulator.start import CANNOT_START

SORRY = "Unable to process the request. Please try again."
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


def meet_fault() -> Response | None:
    """Draw this request's fault; refuse at once where that is the fault."""
    endpoint = (request.endpoint or "").removeprefix("fonolo.")
    g.fault = fault = parts().faults.draw(endpoint)
    if fault is None or not fault.refuses:
        return None
    if endpoint == "callback":
        parts().switchboard.note_refused(request.form.to_dict())
    message = CANNOT_START if endpoint == "callback" else SORRY
    return _refusal(fault, message)


def suffer_fault(response: Response) -> Response:
    """Delay and spoil the answer as this request's fault says."""
    fault: InjectedFault | None = g.get("fault")
    if fault is None:
        return response
    delay = fault.delay(parts().rng)
    if delay:
        parts().wait(delay, client_socket())
    return _spoil(response, fault.mode)


def _refusal(fault: InjectedFault, message: str) -> Response:
    xml = asks_for_xml()
    if fault.mode is Mode.BARE:
        return bare_failure(message, xml=xml)
    return failure(message, xml=xml, http_status=OK if fault.mode is Mode.REFUSE_200 else 500)


def _spoil(response: Response, mode: Mode | None) -> Response:
    body = response.get_data()
    match mode:
        case Mode.HANG:
            parts().wait(None, client_socket())
        case Mode.HTML:
            return Response(BAD_GATEWAY, HTTPStatus.BAD_GATEWAY, content_type="text/html")
        case Mode.EMPTY:
            response.set_data(b"")
        case Mode.TRUNCATED:
            response.set_data(body[: len(body) // 2])
        case Mode.CUT:
            response.response = _cut(body, client_socket())
            response.headers["Content-Length"] = str(len(body))
    return response


def _cut(body: bytes, client: socket.socket | None) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    if client is not None:
        client.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError(errno.ECONNRESET, "cut, as asked for")
