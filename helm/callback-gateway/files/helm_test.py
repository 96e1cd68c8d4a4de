"""`helm test`: the gateway is ready and shows its form; on the simulator it places a call-back.

Runs in the gateway's own image, with the standard library alone. Without SIMULATOR_URL nothing
is ever started: a test must not ring a real phone.
"""

# ruff: noqa: S310 - the addresses are the chart's own, all of them http

import base64
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request

GATEWAY = os.environ["GATEWAY_URL"]
SIMULATOR = os.environ.get("SIMULATOR_URL")
PROFILE = f"/v1/profiles/{os.environ['PROFILE']}"
# Everybody knows the simulator's credentials.
CREDENTIALS = base64.b64encode(b"AC" + b"0" * 32 + b":" + b"0" * 64).decode()


def say(line):
    sys.stdout.write(f"{line}\n")


def ask(url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def wait_until_ready():
    for _ in range(30):
        try:
            return ask(f"{GATEWAY}/readyz")
        except OSError as error:
            say(f"not ready yet: {error}")
            time.sleep(2)
    sys.exit("it did not become ready within a minute")


def place(form):
    """Place a call-back; return its number."""
    number = f"1416366{secrets.choice(range(1000, 10000))}"
    wish = {
        "number": number,
        "option": next(each["id"] for each in form["options"] if each["status"] == "active"),
        "questions": {
            each["key"]: "1" * max(1, each["min_length"] or 0)
            for each in form["questions"]
            if each["required"]
        },
    }
    key = {"Idempotency-Key": secrets.token_hex(16)}
    started = ask(f"{GATEWAY}{PROFILE}/callbacks", wish, **key)
    again = ask(f"{GATEWAY}{PROFILE}/callbacks", wish, **key)
    if again["id"] != started["id"]:
        sys.exit("the same Idempotency-Key placed a second call-back")
    say(f"placed, status {ask(GATEWAY + started['url'])['status']}")
    return number


def main():
    say(f"ready: {wait_until_ready()}")
    form = ask(GATEWAY + PROFILE)
    say(f"form of {form['name']}: {len(form['options'])} options")
    if not SIMULATOR:
        say("no simulator: no call-back is placed")
    elif form["captcha"]:
        say("a CAPTCHA is asked for: no call-back is placed")
    else:
        number = place(form)
        journal = ask(f"{SIMULATOR}/_simulator/calls", Authorization=f"Basic {CREDENTIALS}")
        rung = [each for each in journal["calls"] if each["form"].get("fc_number") == number]
        if len(rung) != 1:
            sys.exit(f"the simulator's journal has it {len(rung)} times")
        say("the simulator's journal has it once")


try:
    main()
except urllib.error.HTTPError as error:
    sys.exit(f"{error.url}: {error.code} {error.read().decode()}")
