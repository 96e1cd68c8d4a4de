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
    rows = [asdict(profile.details) for profile in parts().switchboard.account.profiles]
    return answer("Profile Details", {"profile": rows}, xml=asks_for_xml())


def profile(profile_sid: str) -> Response:
    """Show one profile."""
    return answer("Profile Details", asdict(_profile(profile_sid).details), xml=asks_for_xml())


def options(profile_sid: str) -> Response:
    """List a profile's options."""
    rows = [asdict(option) for option in _profile(profile_sid).options]
    return answer("Option Details", {"option": rows}, xml=asks_for_xml())


def option(profile_sid: str, option_sid: str) -> Response:
    """Show one option."""
    row = _option(_profile(profile_sid), option_sid)
    return answer("Option Details", asdict(row), xml=asks_for_xml())


def questions(profile_sid: str) -> Response:
    """List a profile's questions."""
    rows = [asdict(question) for question in _profile(profile_sid).questions]
    return answer("Question Details", {"question": rows}, xml=asks_for_xml())


def question(profile_sid: str, question_sid: str) -> Response:
    """Show one question."""
    row = _profile(profile_sid).question(question_sid)
    if row is None:
        raise Refused("Question not found.")
    return answer("Question Details", asdict(row), xml=asks_for_xml())


def scheduling(profile_sid: str) -> Response:
    """Show a profile's scheduling settings; as XML without `profile_sid`, as documented."""
    profile = _profile(profile_sid)
    settings = asdict(profile.scheduling)
    entries = [
        {"status": entry.pop("status"), **entry} for entry in settings.pop("entries")
    ]  # the document's order
    own = {} if asks_for_xml() else {"profile_sid": profile.sid}
    data = {**settings, **own, "entries": entries}
    return answer("Scheduling Details", data, xml=asks_for_xml())


def schedule(profile_sid: str, option_sid: str) -> Response:
    """List the windows on offer; a paused profile or option offers none."""
    profile = _profile(profile_sid)
    paused = "paused" in (profile.details.status, _option(profile, option_sid).status)
    windows = [] if paused else parts().switchboard.offered(profile)
    offered = [
        {"start_time": to_wire(window.start), "end_time": to_wire(window.end)} for window in windows
    ]
    return answer("Scheduling Options", {"schedule": offered}, xml=asks_for_xml())


def _profile(sid: str) -> Profile:
    profile = parts().switchboard.account.by_sid.get(sid)
    if profile is None:
        raise Refused("Profile not found.")
    return profile


def _option(profile: Profile, sid: str) -> Option:
    option = profile.option(sid)
    if option is None:
        raise Refused("Option not found.")
    return option
