"""From exceptions to answers: the only place that does it."""

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from simulator.envelope import failure
from simulator.faults import BadFault
from simulator.http.auth import require_credentials
from simulator.http.parts import asks_for_xml
from simulator.start import Refused


def register_failures(app: Flask) -> None:
    """Answer what goes wrong, in the words of the part it went wrong in."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(BadFault, _bad_fault)
    app.register_error_handler(HTTPException, _http)


def _refused(error: Refused) -> Response:
    return failure(str(error), xml=asks_for_xml())


def _bad_fault(error: BadFault) -> tuple[Response, int]:
    return jsonify(error=str(error), fields=error.problems), 422


def _http(error: HTTPException) -> Response:
    """Keep HTTP's status (404, 405, 413), but inside Fonolo's envelope under `/3.0`."""
    status = error.code or 500
    message = f"{error.name}."
    if not request.path.startswith("/3.0/"):
        answer = jsonify(error=message)
        answer.status_code = status
    else:
        refused = None if request.endpoint else require_credentials()
        answer = refused or failure(message, xml=asks_for_xml(), http_status=status)
    answer.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return answer
