"""Handling call-backs: start, cancel, status."""

from flask import Response, g, request

from simulator.envelope import answer
from simulator.http.parts import asks_for_xml, parts, suffix


def start() -> Response:
    """Place a call-back (document: "Start a New Call-Back")."""
    call, outcome = parts().switchboard.start(request.form.to_dict())
    g.fault = g.fault or outcome.fault
    data = {"sid": call.sid, "status": f"/3.0/call/{call.sid}/status{suffix()}"}
    return answer("Call started successfully.", data, xml=asks_for_xml())


def cancel(sid: str) -> Response:
    """Cancel a call-back that has not ended (document: "Cancel a Call-Back")."""
    parts().switchboard.cancel(sid)
    return answer("Call canceled successfully.", xml=asks_for_xml())


def status(sid: str) -> Response:
    """Tell how far a call-back has got (document: "Get Call-Back Status")."""
    board = parts().switchboard
    call, now = board.find(sid), board.clock()
    data = {
        "sid": call.sid,
        "start_date": call.starts_at(),
        "status": str(call.status(now)),
        "duration": call.duration(now),
        "details": f"/3.0/call/{call.sid}{suffix()}",
    }
    return answer("Call Status", data, xml=asks_for_xml())
