"""`helm test`: the gateway is ready and shows its form; on the simulator it places a call-back.

Runs in the gateway's own image. Without SIMULATOR_URL nothing is ever started: a test must not
ring a real phone. What is switched off or limited on purpose is said, and is no failure.
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

import phonenumbers

GATEWAY = os.environ["GATEWAY_URL"]
SIMULATOR = os.environ.get("SIMULATOR_URL")
PROFILE = f"/v1/profiles/{os.environ['PROFILE']}"
# Everybody knows the simulator's credentials.
CREDENTIALS = base64.b64encode(b"AC" + b"0" * 32 + b":" + b"0" * 64).decode()
#: Answers of a gateway that does what it is configured to do.
ON_PURPOSE = {
    "starts_disabled",
    "rate_limited",
    "captcha_required",
    "identity_required",
    "identity_invalid",
    "profile_paused",
    "option_paused",
    "option_closed",
}


class Refusal(Exception):
    """The gateway refused; `code` says why."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


def say(line):
    sys.stdout.write(f"{line}\n")


def ask(url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        code = json.loads(text).get("code") if "json" in error.headers.get_content_type() else None
        raise Refusal(code, f"{url}: {error.code} {text}") from None


def wait_until_ready():
    for _ in range(30):
        try:
            return ask(f"{GATEWAY}/readyz")
        except (OSError, Refusal) as error:
            say(f"not ready yet: {error}")
            time.sleep(2)
    sys.exit("it did not become ready within a minute")


def numbers(countries):
    """Yield numbers of the countries that may be called; the last digits choose no misfortune."""
    kinds = phonenumbers.PhoneNumberType
    for country in countries or ["CA"]:
        for kind in (kinds.FIXED_LINE, kinds.MOBILE, kinds.VOIP, kinds.TOLL_FREE):
            example = phonenumbers.example_number_for_type(country, kind)
            if example:
                digits = (
                    f"{example.country_code}{phonenumbers.national_significant_number(example)}"
                )
                yield country, digits[:-4] + str(secrets.choice(range(1000, 10000)))
                yield country, digits


def wish_for(form):
    """Return what to ask for: a number that this configuration allows; None: it allows none."""
    option = next(each for each in form["options"] if each["status"] == "active")
    questions = {
        each["key"]: "1" * max(1, each["min_length"] or 0)
        for each in form["questions"]
        if each["required"]
    }
    for _, number in numbers(option.get("countries", form["countries"])):
        wish = {"number": number, "option": option["id"], "questions": questions}
        try:
            ask(f"{GATEWAY}{PROFILE}/callbacks/validate", wish)
        except Refusal as refusal:
            if refusal.code != "validation_failed":
                raise
        else:
            return wish
    return None


def place(wish):
    """Place a call-back, and again with the same key."""
    key = {"Idempotency-Key": secrets.token_hex(16)}
    started = ask(f"{GATEWAY}{PROFILE}/callbacks", wish, **key)
    again = ask(f"{GATEWAY}{PROFILE}/callbacks", wish, **key)
    if again["id"] != started["id"]:
        sys.exit("the same Idempotency-Key placed a second call-back")
    say(f"placed, status {ask(GATEWAY + started['url'])['status']}")


def try_simulator(form):
    if form["captcha"] and form["captcha"]["mode"] == "always":
        return say("a CAPTCHA is asked for: no call-back is placed")
    wish = wish_for(form)
    if wish is None:
        return say("no number may be called: no call-back is placed")
    place(wish)
    journal = ask(f"{SIMULATOR}/_simulator/calls", Authorization=f"Basic {CREDENTIALS}")
    rung = [each for each in journal["calls"] if each["form"].get("fc_number") == wish["number"]]
    if len(rung) != 1:
        sys.exit(f"the simulator's journal has it {len(rung)} times")
    return say("the simulator's journal has it once")


def main():
    say(f"ready: {wait_until_ready()}")
    form = ask(GATEWAY + PROFILE)
    say(f"form of {form['name']}: {len(form['options'])} options")
    if not SIMULATOR:
        return say("no simulator: no call-back is placed")
    try:
        return try_simulator(form)
    except Refusal as refusal:
        if refusal.code not in ON_PURPOSE:
            raise
        return say(f"as it is configured: {refusal.code}")


try:
    main()
except Refusal as error:
    sys.exit(str(error))
