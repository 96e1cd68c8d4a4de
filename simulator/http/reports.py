"""Reporting: one call, or a page of the finished ones."""

from flask import Response, request

from simulator.envelope import answer
from simulator.http.parts import asks_for_xml, parts, suffix
from simulator.reports import page_of, read_query
from simulator.start import Refused
from simulator.switchboard import UNKNOWN_CALL
from simulator.walk import Status


def call(sid: str) -> Response:
    """Show the details of one call, which may still be under way; a deleted one has none."""
    board = parts().switchboard
    record, now = board.find(sid), board.clock()
    if record.status(now) is Status.DELETED:
        raise Refused(UNKNOWN_CALL)
    return answer("Call Details", record.row(now), xml=asks_for_xml())


def calls() -> Response:
    """List finished calls, newest first, 250 to a page."""
    board = parts().switchboard
    now = board.clock()
    query = read_query(request.args, now.date(), frozenset(board.account.by_sid))
    head, rows = page_of(query, board.calls(), now, path=f"/3.0/calls{suffix()}")
    return answer("Call List", {"call": rows}, head=head, xml=asks_for_xml())
