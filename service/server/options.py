"""How gunicorn is to run: out of the settings, and of nothing else."""

from __future__ import annotations

import math
from typing import Any

from service.connections import MAX_WAITING_READS, MAX_WAITING_STARTS
from service.rules import CONFIG_TIMEOUT
from service.server.descriptors import MOST_CONNECTIONS
from service.server.gunicorn_log import StructuredLogger
from service.server.phases import SECONDS, Phase
from service.server.worker import GatewayWorker
from service.settings import Settings

#: Threads that never wait for Fonolo: they answer from caches, and refuse.
_SPARE_THREADS = 64


def gunicorn_options(
    settings: Settings, listener: int = -1, folder: str = "", connections: int = MOST_CONNECTIONS
) -> dict[str, Any]:
    """Return gunicorn's settings.

    `listener` is the descriptor of the socket to accept from; heartbeats are kept in `folder`.
    A draining worker gets as long as its longest start can take, and a little more.
    """
    longest_start = CONFIG_TIMEOUT + sum(settings.fonolo_timeout)
    return {
        "bind": f"fd://{listener}",
        "workers": settings.web_concurrency,
        "worker_class": GatewayWorker,
        "logger_class": StructuredLogger,
        "threads": MAX_WAITING_STARTS + MAX_WAITING_READS + _SPARE_THREADS,
        "worker_connections": connections,
        "keepalive": int(SECONDS[Phase.IDLE]),
        "timeout": 60,
        "graceful_timeout": math.ceil(longest_start) + 2,
        "worker_tmp_dir": folder or None,
        "sendfile": False,  # it writes to the socket itself, and waits for the peer
        "control_socket_disable": True,
        # No header of a peer tells gunicorn anything. Whom it would believe is asked for each
        # request, by parsing the peer's address; "*" is not.
        "forwarded_allow_ips": "*",
        "secure_scheme_headers": {},
        "forwarder_headers": "",
        "loglevel": "error",  # its warnings quote requests that it could not parse
    }
