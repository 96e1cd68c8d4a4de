"""What is configured: profiles, options, questions, scheduling, and the windows on offer."""

from dataclasses import asdict

from flask import Response

from simulator.account import Option, Profile
from simulator.clock import to_wire
from simulator.envelope import answer
from simulator.http.parts import asks_for_xml, parts
from simulator.start import Refused


def profiles() -> Response:
    """List the account's profiles."""
    found = [asdict(each.details) for each in parts().switchboard.account.profiles]
    return answer("Profile Details", {"profile": found}, xml=asks_for_xml())


def profile(profile_sid: str) -> Response:
    """Show one profile."""
    return answer("Profile Details", asdict(_profile(profile_sid).details), xml=asks_for_xml())


def options(profile_sid: str) -> Response:
    """List a profile's options."""
    found = [asdict(each) for each in _profile(profile_sid).options]
    return answer("Option Details", {"option": found}, xml=asks_for_xml())


def option(profile_sid: str, option_sid: str) -> Response:
    """Show one option."""
    found = _option(_profile(profile_sid), option_sid)
    return answer("Option Details", asdict(found), xml=asks_for_xml())


def questions(profile_sid: str) -> Response:
    """List a profile's questions."""
    found = [asdict(each) for each in _profile(profile_sid).questions]
    return answer("Question Details", {"question": found}, xml=asks_for_xml())


def question(profile_sid: str, question_sid: str) -> Response:
    """Show one question."""
    found = _profile(profile_sid).question(question_sid)
    if found is None:
        raise Refused("Question not found.")
    return answer("Question Details", asdict(found), xml=asks_for_xml())


def scheduling(profile_sid: str) -> Response:
    """Show a profile's scheduling settings; as XML without `profile_sid`, as documented."""
    found = _profile(profile_sid)
    settings = asdict(found.scheduling)
    entries = [
        {"status": each.pop("status"), **each} for each in settings.pop("entries")
    ]  # the document's order
    own = {} if asks_for_xml() else {"profile_sid": found.sid}
    data = {**settings, **own, "entries": entries}
    return answer("Scheduling Details", data, xml=asks_for_xml())


def schedule(profile_sid: str, option_sid: str) -> Response:
    """List the windows on offer; a paused profile or option offers none."""
    found = _profile(profile_sid)
    paused = "paused" in (found.details.status, _option(found, option_sid).status)
    windows = [] if paused else parts().switchboard.offered(found)
    offered = [
        {"start_time": to_wire(each.start), "end_time": to_wire(each.end)} for each in windows
    ]
    return answer("Scheduling Options", {"schedule": offered}, xml=asks_for_xml())


def _profile(sid: str) -> Profile:
    found = parts().switchboard.account.by_sid.get(sid)
    if found is None:
        raise Refused("Profile not found.")
    return found


def _option(profile: Profile, sid: str) -> Option:
    found = profile.option(sid)
    if found is None:
        raise Refused("Option not found.")
    return found
