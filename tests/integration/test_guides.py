"""The code of docs/backend.md and docs/identity.md, run as it stands against the gateway."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from tests import running
from tests.guides import blocks
from tests.running import Gateway, Simulator

GUIDE = "backend.md"
#: The simulator answers the start of numbers that end like these with HTML.
HTML = ("14163660006", "14163670006", "14163680006")

#: What each program of ours does with the guide's code: place twice, follow, fail, be someone else.
PYTHON = """
import json, sys
wish, key = {"number": "14163662701"}, "k" * 16
callback, again = (place("default", wish, key, "203.0.113.7") for _ in range(2))
states = [state["status"] for state in follow(callback["url"], "203.0.113.7")]
def code(wish, client):
    try:
        place("default", wish, None, client)
    except Problem as problem:
        return problem.code
print(json.dumps({
    "same": callback == again,
    "end": states[-1],
    "unknown": code({"number": sys.argv[1]}, "203.0.113.8"),
    "fault": code({"number": "+1"}, "203.0.113.9"),
    "limited": code({"number": "14163662702"}, "203.0.113.7"),
}))
"""
NODE = """
import { place, follow, Problem } from "./gateway.mjs";
const wish = { number: "14163662711" }, key = "n".repeat(16);
const callback = await place("default", wish, key, "203.0.113.17");
const again = await place("default", wish, key, "203.0.113.17");
let end;
for await (const state of follow(callback.url, "203.0.113.17")) end = state.status;
const code = (wish, client) =>
  place("default", wish, undefined, client).then(() => null, (error) => error.code);
console.log(JSON.stringify({
  same: callback.id === again.id,
  end,
  unknown: await code({ number: process.argv[2] }, "203.0.113.18"),
  fault: await code({ number: "+1" }, "203.0.113.19"),
  limited: await code({ number: "14163662712" }, "203.0.113.17"),
}));
"""
PHP = """
$start = fn($number, $client, $key) =>
    ask('POST', '/v1/profiles/default/callbacks', $client, ['number' => $number], $key);
$client = '203.0.113.27'; $number = '14163662721'; $key = str_repeat('p', 16);
{call}
$again = $start($number, $client, $key);
do {
    [, $state] = ask('GET', $callback['url'], $client);
} while (!$state['final'] && usleep(50000) === null);
echo json_encode([
    'same' => $callback === $again[1],
    'end' => $state['status'],
    'unknown' => $start($argv[1], '203.0.113.28', null)[1]['code'],
    'fault' => $start('+1', '203.0.113.29', null)[1]['code'],
    'limited' => $start('14163662722', $client, null)[1]['code'],
]);
"""
AS_THE_GUIDE_SAYS = {
    "same": True,
    "end": "Success",
    "unknown": "outcome_unknown",
    "fault": "validation_failed",
    "limited": "rate_limited",
}


@pytest.fixture(scope="module")
def gateway(module_simulator: Simulator) -> Iterator[Gateway]:
    """A gateway that believes the programs who their users are; each may start twice a minute."""
    settings = {"TRUSTED_PROXIES": "127.0.0.0/8", "LIMIT_START": "2/minute"}
    with running.gateway(module_simulator, **settings) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def open_gateway(module_simulator: Simulator) -> Iterator[Gateway]:
    """A gateway that takes everything, for what stands twice in the guide."""
    with running.gateway(module_simulator, DUPLICATE_WINDOW="0") as gateway:
        yield gateway


def run(origin: str, *command: str, within: Path) -> str:
    env = {"PATH": os.environ["PATH"], "CALLBACK_GATEWAY": origin}
    found = subprocess.run(
        command, cwd=within, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@contextmanager
def cutting_proxy(gateway: Gateway) -> Iterator[str]:
    """Stand before the gateway, and cut the connection instead of giving its first answer."""
    answered = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = requests.post(
                gateway.origin + self.path, data=body, headers=dict(self.headers), timeout=30
            )
            answered.append(answer.status_code)
            if len(answered) > 1:
                self.send_response(answer.status_code)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
    assert answered == [201, 201]


def rung(simulator: Simulator, number: str) -> int:
    return sum(call["form"]["fc_number"] == number for call in simulator.calls())


def test_the_python_of_the_guide_does_what_the_guide_says(
    gateway: Gateway, simulator: Simulator, tmp_path: Path
) -> None:
    code = blocks(GUIDE, "python")[0]
    (tmp_path / "program.py").write_text(code + PYTHON, "utf-8")
    output = run(gateway.origin, sys.executable, "program.py", HTML[0], within=tmp_path)
    assert json.loads(output) == AS_THE_GUIDE_SAYS
    assert rung(simulator, "14163662701") == 1


def test_the_shorter_python_of_the_guide_follows_a_call_back(
    open_gateway: Gateway, tmp_path: Path
) -> None:
    whole, short = blocks(GUIDE, "python")
    (tmp_path / "program.py").write_text(f"{whole}\nkey = 'a-key-that-is-fresh'\n{short}", "utf-8")
    output = run(open_gateway.origin, sys.executable, "program.py", within=tmp_path)
    assert output.endswith("Success\n")


@pytest.mark.skipif(not shutil.which("node"), reason="Node is not here (apt-get install nodejs)")
def test_the_javascript_of_the_guide_does_what_the_guide_says(
    gateway: Gateway, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "gateway.mjs").write_text(blocks(GUIDE, "js")[0], "utf-8")
    (tmp_path / "program.mjs").write_text(NODE, "utf-8")
    output = run(gateway.origin, "node", "program.mjs", HTML[1], within=tmp_path)
    assert json.loads(output) == AS_THE_GUIDE_SAYS
    assert rung(simulator, "14163662711") == 1


@pytest.mark.skipif(not shutil.which("php"), reason="PHP is not here (apt-get install php-curl)")
def test_the_php_of_the_guide_does_what_the_guide_says(
    gateway: Gateway, simulator: Simulator, tmp_path: Path
) -> None:
    code, call = blocks(GUIDE, "php")
    (tmp_path / "program.php").write_text(code + PHP.replace("{call}", call), "utf-8")
    output = run(gateway.origin, "php", "program.php", HTML[2], within=tmp_path)
    assert json.loads(output) == AS_THE_GUIDE_SAYS
    assert rung(simulator, "14163662721") == 1


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not here (apt-get install curl)")
def test_the_commands_of_the_guide_place_a_call_back(open_gateway: Gateway, tmp_path: Path) -> None:
    (script,) = [each for each in blocks(GUIDE, "sh") if "curl" in each]
    assert (
        json.loads(run(open_gateway.origin, "sh", "-ec", script, within=tmp_path))["final"] is False
    )


def test_a_lost_answer_is_asked_for_again_under_its_key(
    gateway: Gateway, simulator: Simulator, tmp_path: Path
) -> None:
    """What stands between cuts the first answer: the program has it in the end, and one rings."""
    number = "14163662731"
    call = f'print(place("default", {{"number": "{number}"}}, "l" * 16, "203.0.113.99")["url"])'
    (tmp_path / "program.py").write_text(f"{blocks(GUIDE, 'python')[0]}\n{call}", "utf-8")
    with cutting_proxy(gateway) as origin:
        url = run(origin, sys.executable, "program.py", within=tmp_path)
    assert url.startswith("/v1/callbacks/")
    assert rung(simulator, number) == 1


#: How each language of the guide for hosts prints a token of the customer in its first argument.
SIGNING = {
    "python": (
        "program.py",
        "{code}\nimport json, sys\nprint(callback_token(json.loads(sys.argv[1])))",
    ),
    "js": ("program.mjs", "{code}\nconsole.log(callbackToken(JSON.parse(process.argv[2])));"),
    "php": ("program.php", "<?php\n{code}\necho callback_token(json_decode($argv[1], true));"),
}
PROGRAMS = {"python": sys.executable, "js": "node", "php": "php"}


@pytest.mark.parametrize("language", SIGNING)
def test_the_tokens_of_the_guide_are_good(
    module_simulator: Simulator, tmp_path: Path, language: str
) -> None:
    program, number = PROGRAMS[language], f"1416366280{list(SIGNING).index(language)}"
    if not shutil.which(program):
        pytest.skip(f"{program} is not here")
    file, text = SIGNING[language]
    (tmp_path / file).write_text(
        text.replace("{code}", blocks("identity.md", language)[0]), "utf-8"
    )
    secret = "shared-by-host-and-gateway-only-here"
    customer = json.dumps({"id": "1", "phone": f"+{number}", "account": "12345"})
    env = {"PATH": os.environ["PATH"], "CALLBACK_SECRET": secret}
    command = [program, file, customer]
    token = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()
    with running.gateway(module_simulator, IDENTITY_SECRET=secret) as gateway:
        answer = gateway.post(
            "/v1/profiles/default/callbacks", json={}, headers={"Authorization": f"Bearer {token}"}
        )
    assert answer.status_code == 201, answer.text
    form = module_simulator.calls()[-1]["form"]
    assert (form["fc_number"], form["account_number"]) == (number, "12345")
