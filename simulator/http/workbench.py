"""`/_simulator`: fault switches, the journal, deletion, and what the console page shows."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from simulator.account import Account
from simulator.call_log import JournalLine
from simulator.calls import Call
from simulator.clock import to_wire
from simulator.faults import ENDPOINTS, BadFault, Mode, read_fault
from simulator.http.auth import require_credentials_off_loopback
from simulator.http.parts import parts
from simulator.outcomes import TEST_NUMBERS

SHOWN_CALLS, SHOWN_LINES = 60, 100


def workbench_blueprint() -> Blueprint:
    """Make the blueprint of what Fonolo has not got."""
    bench = Blueprint("workbench", __name__, url_prefix="/_simulator")
    bench.before_request(require_credentials_off_loopback)
    bench.add_url_rule("/faults", view_func=list_faults, methods=["GET"])
    bench.add_url_rule("/faults", view_func=put_fault, methods=["POST"])
    bench.add_url_rule("/faults", view_func=clear_faults, methods=["DELETE"])
    bench.add_url_rule("/calls", view_func=list_journal, methods=["GET"])
    bench.add_url_rule("/calls/<sid>", view_func=delete_call, methods=["DELETE"])
    bench.add_url_rule("/console", view_func=show_console, methods=["GET"])
    return bench


def list_faults() -> Response:
    """List the faults that are switched on."""
    return jsonify(faults=parts().faults.all())


def put_fault() -> tuple[Response, int]:
    """Switch a fault on, in place of the endpoint's former one."""
    body = request.get_json(force=True, silent=True)
    fault = read_fault(body)
    parts().faults.put(fault)
    return jsonify(asdict(fault)), 201


def clear_faults() -> tuple[str, int]:
    """Switch all faults off, or with `?endpoint=` only that one's."""
    endpoint = request.args.get("endpoint")
    if endpoint is not None and endpoint not in (*ENDPOINTS, "*"):
        raise BadFault({"endpoint": f"must be one of {', '.join(ENDPOINTS)} or *"})
    parts().faults.clear(endpoint)
    return "", 204


def list_journal() -> Response:
    """List every start that arrived, oldest first."""
    now = parts().switchboard.clock()
    lines = parts().switchboard.journal()
    return jsonify(calls=[_line(line, call, now) for line, call in lines])


def delete_call(sid: str) -> tuple[str, int]:
    """Delete a call, as an administrator would in the portal: its status is then Deleted."""
    if not parts().switchboard.delete(sid):
        abort(404)
    return "", 204


def show_console() -> Response:
    """Gather all that the console page shows, in one answer."""
    board = parts().switchboard
    now = board.clock()
    return jsonify(
        now=to_wire(now),
        speed=board.speed,
        timezone=board.account.zone.key,
        account_sid=board.account.sid,
        profiles=[asdict(profile.details) for profile in board.account.profiles],
        example_option=_example_option(board.account),
        calls=[_live(call, now) for call in board.latest(SHOWN_CALLS)],
        journal=[_line(line, call, now) for line, call in board.journal(SHOWN_LINES)],
        faults=parts().faults.all(),
        endpoints=[*ENDPOINTS, "*"],
        modes=list(Mode),
        test_numbers=list(TEST_NUMBERS),
    )


def _example_option(account: Account) -> str | None:
    options = (option for profile in account.profiles for option in profile.options)
    return next((option.sid for option in options if option.status == "active"), None)


def _line(line: JournalLine, call: Call | None, now: datetime) -> dict[str, Any]:
    return {
        "sid": line.sid,
        "received_at": line.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "status": call.status(now) if call else None,
        "form": line.form,
    }


def _live(call: Call, now: datetime) -> dict[str, Any]:
    return {
        "sid": call.sid,
        "number": call.number,
        "option": call.option_name,
        "profile_sid": call.profile_sid,
        "scheduled": call.scheduled,
        "start_date": call.starts_at(),
        "status": call.status(now),
        "duration": call.duration(now),
        "reached": list(call.progress(now).spent),
        "planned": [status for status, _ in call.plan.steps] + [call.plan.end],
        "answers": call.answers,
    }
