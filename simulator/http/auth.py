"""HTTP basic auth with the account's SID and token, and who may do without."""

import hmac
from ipaddress import IPv6Address, ip_address

from flask import Response, request

from simulator.account import Account
from simulator.envelope import failure
from simulator.http.parts import asks_for_xml, parts


def require_credentials() -> Response | None:
    """Refuse a request without the account's credentials: 401, in the usual envelope."""
    credentials = request.authorization
    if credentials is not None and credentials.type == "basic":
        username, password = credentials.username or "", credentials.password or ""
        if _good(parts().switchboard.account, username, password):
            return None
    refused = failure("Authentication failed.", xml=asks_for_xml(), http_status=401)
    refused.headers["WWW-Authenticate"] = 'Basic realm="Fonolo simulator", charset="UTF-8"'
    return refused


def require_credentials_off_loopback() -> Response | None:
    """Let this machine in without credentials, and nobody else."""
    return None if _is_loopback(request.remote_addr) else require_credentials()


def _good(account: Account, username: str, password: str) -> bool:
    good_name = hmac.compare_digest(username.encode(), account.sid.encode())
    good_word = hmac.compare_digest(password.encode(), account.token.encode())
    return good_name and good_word


def _is_loopback(peer: str | None) -> bool:
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
