"""Who is measured: each contender's command and environment."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import free_port
from benchmarks.stub import profile_sid

_HERE = Path(__file__).parent
_CONTENDERS = _HERE / "contenders"
_BIN = Path(sys.executable).parent
_BENCH_BIN = _HERE.parent / ".venv-bench" / "bin"
#: The gateway installed for other versions of Python, where the machine has any.
_OTHER_PYTHONS = _HERE.parent / ".venv-pythons"
#: Limits that are counted as by default, in as many windows, and never reached.
_HIGH = {
    "LIMIT_START": "10000000/minute;10000000/hour",
    "LIMIT_READ": "10000000/minute",
    "LIMIT_STATUS": "10000000/minute",
    "LIMIT_START_GLOBAL": "10000000/hour",
}
#: What is kept of a start is kept seconds instead of a day, so that a leak would show.
_BRIEF = {
    "LIMIT_START": "10000000/5 seconds",
    "LIMIT_READ": "10000000/5 seconds",
    "LIMIT_START_GLOBAL": "10000000/5 seconds",
    "LIMIT_NUMBER": "3/5 seconds;10/5 seconds",
    "DUPLICATE_WINDOW": "5",
    "IDEMPOTENCY_TTL": "60",  # the shortest that may be set
}
#: What is kept of Fonolo's answers is fetched anew each second, as else each minute.
_FLEETING = {"CACHE_PROFILE_TTL": "1", "CACHE_SLOTS_TTL": "1"}
_LONG = {"CACHE_PROFILE_TTL": "3600"}  # the many profiles stay cached while they are measured
#: The machine is busy with wrk beside it: that is no reason to give up the store.
_SLOW = {"REDIS_TIMEOUT": "1"}
MANY = 1000
QUESTIONS = (1, 50, 200)


@dataclass(frozen=True)
class Contender:
    """One process tree; `command` may hold {port}, `ready` is a path that answers 200."""

    name: str
    title: str
    command: tuple[str, ...]
    ready: str
    env: Mapping[str, str] = field(default_factory=dict)
    needs_redis: bool = False


def account(upstream: str, port: int) -> dict[str, str]:
    """Return the environment of every contender: one account, four forms of 1 to 200 questions."""
    forms = {"default": 2} | {f"q{questions}": questions for questions in QUESTIONS}
    profiles = {alias: profile_sid(0, questions=count) for alias, count in forms.items()}
    return {
        "PORT": str(port),
        "METRICS_PORT": str(free_port()),
        "FONOLO_ACCOUNT_SID": "AC" + "0" * 32,
        "FONOLO_AUTH_TOKEN": "0" * 64,
        "FONOLO_BASE_URL": f"{upstream}/3.0/",
        "CALLBACK_PROFILES": ",".join(f"{alias}={sid}" for alias, sid in profiles.items()),
        "CENTRE_TIMEZONE": "America/Toronto",
        "HANDLE_SECRET": "only-for-benchmarks-" * 2,
    }


def _gunicorn(application: str) -> tuple[str, ...]:
    """Say how a bare application runs on the gateway's own gunicorn settings."""
    from service.server.options import gunicorn_options
    from service.settings import Settings

    ours = gunicorn_options(Settings.read(account("http://127.0.0.1", free_port())))
    flags = {
        "bind": "127.0.0.1:{port}",
        "worker-class": "gthread",
        "keep-alive": ours["keepalive"],
        "worker-tmp-dir": ours["worker_tmp_dir"] or "/tmp",  # noqa: S108
        **{
            name: ours[name.replace("-", "_")]
            for name in ("threads", "worker-connections", "timeout")
        },
    }
    options = [part for name, value in flags.items() for part in (f"--{name}", str(value))]
    chdir = ("--chdir", str(_CONTENDERS), "--no-control-socket", application)
    return (str(_BIN / "gunicorn"), *options, *chdir)


def _ours(
    name: str,
    title: str,
    env: Mapping[str, str] | None = None,
    *,
    redis: bool = False,
    bin: Path = _BIN,
) -> Contender:
    command = (str(bin / "callback-gateway"), "serve")
    title = f"callback-gateway, {title}"
    return Contender(name, title, command, "/readyz", _HIGH | dict(env or {}), redis)


def _equals() -> list[Contender]:
    """Return those that do what the gateway does, by other libraries: in memory, and on Redis."""
    uvicorn = (str(_BENCH_BIN / "uvicorn"), "--app-dir", str(_CONTENDERS), "--no-access-log")
    fastapi = (*uvicorn, "--port", "{port}", "--log-level", "warning", "fastapi_equal.app:app")
    express = ("node", str(_CONTENDERS / "express_equal" / "server.js"))
    form, env = "/v1/profiles/default", _HIGH | {"NODE_ENV": "production"}
    named = {"express": ("Express", express), "fastapi": ("FastAPI", fastapi)}
    return [
        Contender(
            f"{name}-{store}", f"{title} that does the same, {where}", command, form, env, redis
        )
        for store, where, redis in (("equal", "in memory", False), ("redis", "Redis", True))
        for name, (title, command) in named.items()
    ]


def other_pythons() -> list[str]:
    """List the contenders that run on another version of Python."""
    return [f"python{folder.name}" for folder in sorted(_OTHER_PYTHONS.glob("3.*"))]


def contenders() -> dict[str, Contender]:
    """Return everybody, by name."""
    uvicorn = (str(_BENCH_BIN / "uvicorn"), "--app-dir", str(_CONTENDERS), "--no-access-log")
    form = "/v1/profiles/default"
    many = ",".join(f"p{n}={profile_sid(n, questions=2)}" for n in range(MANY))
    production = {"NODE_ENV": "production"}
    everybody = [
        Contender("flask", "bare Flask", _gunicorn("floor:app"), "/hello"),
        Contender("pooled", "hand-rolled Flask, requests", _gunicorn("pooled:app"), form),
        Contender(
            "fastapi",
            "FastAPI, httpx",
            (*uvicorn, "--port", "{port}", "--log-level", "warning", "fastapi_httpx:app"),
            form,
        ),
        Contender(
            "express",
            "Express, undici",
            ("node", str(_CONTENDERS / "express.js")),
            form,
            production,
        ),
        *_equals(),
        _ours("memory", "in memory"),
        _ours("redis", "Redis", _SLOW, redis=True),
        _ours("two", "Redis, two workers", {**_SLOW, "WEB_CONCURRENCY": "2"}, redis=True),
        *(
            _ours(name, f"Python {version}", bin=_OTHER_PYTHONS / version / "bin")
            for name in other_pythons()
            if (version := name.removeprefix("python"))
        ),
        _ours("strict", "limit used up", {"LIMIT_START": "1/day"}),
        _ours("fleeting", "profile kept a second", _FLEETING),
        _ours("brief", "all kept briefly", _BRIEF),
        _ours("many", f"{MANY:,} profiles", {"CALLBACK_PROFILES": many} | _LONG),
    ]
    return {each.name: each for each in everybody}
