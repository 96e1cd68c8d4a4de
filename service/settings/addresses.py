"""Where the gateway is served: the address it listens on, the path it stands under."""

from __future__ import annotations

import ipaddress
import re

#: What the gateway's own paths begin with; a base path that began so would be taken for one.
OWN_PATHS = {
    *("v1", "c", "healthz", "readyz"),
    *("openapi.yaml", "docs", "problems", "widget.js", "widget", "demo"),
}


def address(text: str) -> str:
    """Parse an IP address, an IPv6 one in brackets or not; return it without."""
    bare = re.fullmatch(r"\[([^\[\]]+:[^\[\]]*)\]", text)
    try:
        return str(ipaddress.ip_address(bare[1] if bare else text))
    except ValueError:
        raise ValueError(
            "an IP address such as [::] (IPv6 and IPv4), 0.0.0.0 or 127.0.0.1 is wanted; "
            "PORT and METRICS_PORT say the ports"
        ) from None


def base_path(text: str) -> str:
    """Parse the path under which a proxy publishes the gateway; empty: its root."""
    if text and not re.fullmatch(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+", text):
        raise ValueError("a path such as /callbacks is wanted, without a slash at its end")
    if text.partition("/")[2].partition("/")[0] in OWN_PATHS:
        raise ValueError("a path is wanted that does not begin as one of the gateway's own does")
    return text
