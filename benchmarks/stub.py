"""Fonolo as the contenders see it: a raw keep-alive server with answers made beforehand.

    python -m benchmarks.stub [PORT]

A profile's SID says what it holds, so nothing is configured: its last three digits are its number
of questions (`profile_sid(7, questions=200)`). Every answer waits for the delay that
`PUT /_delay/<milliseconds>` sets; `GET /_starts` tells how many call-backs were started.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import sys
from itertools import count
from typing import Any

OPTION = "CO529c5278b2cefeabc984506e785d8cb0"
OPTIONS = 3
_PROFILE = re.compile(r"/3\.0/profile/CP(\d{32})(.*)")
_START = b"POST /3.0/callback"


def profile_sid(number: int, *, questions: int) -> str:
    """Name the `number`th profile with that many questions."""
    return f"CP{number:029d}{questions:03d}"


class Stub(asyncio.Protocol):
    """One connection; what is counted and set hangs on the class, for all of them."""

    delay = 0.0
    calls = count(1)
    started = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        while (end := received.find(b"\r\n\r\n") + 4) > 3:
            end += _body_length(received[:end])
            if len(received) < end:
                break
            self._answer(received[:end])
            received = received[end:]
        self._received = received

    def _answer(self, request: bytes) -> None:
        target = request[: request.index(b" HTTP/1.1")]
        if target.startswith((b"GET /_", b"PUT /_")):
            self._transport.write(_control(target.decode()))
            return
        if target.startswith(_START) and b"/CA" not in target:
            Stub.started += 1
            answer = _started(next(Stub.calls))
        else:
            answer = _read(target.split(b" ")[1].decode())
        if Stub.delay:
            asyncio.get_running_loop().call_later(Stub.delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


def _body_length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17 : head.index(b"\r\n", at + 2)]) if at >= 0 else 0


def _control(target: str) -> bytes:
    if target.startswith("PUT /_delay/"):
        Stub.delay = int(target.rpartition("/")[2]) / 1000
    return _http(json.dumps({"starts": Stub.started}))


def _started(number: int) -> bytes:
    sid = f"CA{number:032x}"
    return _http(
        '{"head": {"status": 200, "message": "Call started successfully."}, "data": '
        f'{{"sid": "{sid}", "status": "/3.0/call/{sid}/status.json"}}}}'
    )


@functools.lru_cache(maxsize=10_000)
def _read(path: str) -> bytes:
    """Answer a GET in the document's shapes."""
    if found := _PROFILE.fullmatch(path.removesuffix(".json")):
        return _success(_profile_part(int(found[1][-3:]), f"CP{found[1]}", found[2]))
    if "/callback/CA" in path:
        return _success(_status(path.split("/")[3]))
    return _http(json.dumps({"head": {"status": 500, "message": "Not Found."}}), "404 Not Found")


def _profile_part(questions: int, sid: str, part: str) -> dict[str, Any]:
    if part == "/options":
        return {"option": [_option(number) for number in range(OPTIONS)]}
    if part == "/questions":
        return {"question": [_question(number) for number in range(questions)]}
    if part.endswith("/schedule"):
        return {"schedule": [_slot(half_hour) for half_hour in range(5)]}
    return _profile(sid)


def _profile(sid: str) -> dict[str, Any]:
    agent = {"agent_cid_number": "{{$client_number}}", "agent_cid_name": "Fonolo"}
    switches = {"sms_enabled": False, "questions_enabled": True, "scheduling_enabled": True}
    caller = {"client_cid_number": "8005551234", "client_cid_name": "Fonolo", **agent}
    named = {"sid": sid, "name": "Web Profile", "status": "active", "channel": "web_rescue"}
    profile_fields = {"language": "english", "total_options": OPTIONS, "default_country": "1"}
    return named | caller | profile_fields | switches


def _option(number: int) -> dict[str, Any]:
    sid = OPTION if number == 0 else f"CO{number:032d}"
    named = {"sid": sid, "name": f"Queue {number}", "status": "active", "position": number}
    return named | {"extension": 12100 + number, "phone_number": None, "default_country": None}


def _question(number: int) -> dict[str, Any]:
    key = "account_number" if number == 0 else f"question_{number}"
    return {
        "sid": f"QQ{number:032d}",
        "name": f"Question {number}",
        "key": key,
        "type": "numeric_input" if number == 0 else "text_input",
        "position": number,
        "default_value": None,
        "min_length": 0,
        "max_length": 10,
        "required": False,
        "visible": True,
        "editable": True,
    }


def _slot(half_hour: int) -> dict[str, str]:
    def time(minutes: int) -> str:
        return f"2030-08-07 {18 + minutes // 60:02d}:{minutes % 60:02d}:00"

    return {"start_time": time(30 * half_hour), "end_time": time(30 * half_hour + 30)}


def _status(sid: str) -> dict[str, str]:
    timers = {"start_date": "2030-08-07 21:39:46", "status": "Holding", "duration": "00:22"}
    return {"sid": sid, **timers, "details": f"/3.0/call/{sid}.json"}


def _success(data: dict[str, Any]) -> bytes:
    return _http(json.dumps({"head": {"status": 200, "message": "Details"}, "data": data}))


def _http(body: str, status: str = "200 OK") -> bytes:
    """Write an answer with the headers that a common web server sends."""
    head = f"HTTP/1.1 {status}\r\nServer: nginx\r\nDate: Mon, 05 Aug 2030 21:05:00 GMT\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: keep-alive\r\n\r\n{body}".encode("ascii")


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
