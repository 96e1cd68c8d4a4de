"""All the wiring, nothing else."""

import random

from flask import Flask
from werkzeug.routing import BaseConverter

from simulator.account import Account
from simulator.call_log import CAPACITY
from simulator.clock import Clock, machine_clock
from simulator.faults import Faults
from simulator.http.console import console_blueprint
from simulator.http.failures import register_failures
from simulator.http.parts import Parts
from simulator.http.routes import fonolo_blueprint
from simulator.http.workbench import workbench_blueprint
from simulator.scenario import load_scenario
from simulator.switchboard import Switchboard
from simulator.traffic import Traffic
from simulator.waiting import Wait, wait_for_client

LARGEST_BODY = 64 * 1024


class NameConverter(BaseConverter):
    """A SID in a path: no dot, so that `.json` and `.xml` are never part of it."""

    regex = "[^/.]+"


def create_app(
    account: Account | None = None,
    *,
    clock: Clock = machine_clock,
    speed: float = 1.0,
    rng: random.Random | None = None,
    wait: Wait = wait_for_client,
    capacity: int = CAPACITY,
    traffic: bool = False,
) -> Flask:
    """Make one simulator: its account (the default scenario's), its clock, its memory.

    `speed` is how many times faster than real time call-backs progress; `rng` decides what is
    random; `wait` is how a request waits; `capacity` bounds the calls and the journal;
    `traffic` puts the call-backs of others into the reports.
    """
    rng = rng or random.SystemRandom()
    account = account or load_scenario()
    app = Flask("simulator", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.url_map.converters["name"] = NameConverter
    app.url_map.merge_slashes = False
    app.extensions["simulator"] = Parts(
        switchboard=Switchboard(
            account,
            clock,
            speed=speed,
            rng=rng,
            capacity=capacity,
            traffic=Traffic(account) if traffic else None,
        ),
        faults=Faults(rng),
        rng=rng,
        wait=wait,
    )
    for blueprint in (fonolo_blueprint(), workbench_blueprint(), console_blueprint()):
        app.register_blueprint(blueprint)
    register_failures(app)
    return app
