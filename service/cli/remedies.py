"""What an operator can do about a failed call to Fonolo."""

from __future__ import annotations

from service.fonolo import FonoloError, Refused, Unintelligible, Unreachable


def remedy(error: FonoloError) -> str:
    """Say what failed, and which setting to look at."""
    if isinstance(error, Refused):
        return (
            f"Fonolo refused ({error.endpoint}: {error.message or 'no reason given'}); "
            "check FONOLO_ACCOUNT_SID, FONOLO_AUTH_TOKEN and CALLBACK_PROFILES"
        )
    if isinstance(error, Unreachable):
        return f"Fonolo cannot be reached: {error.message}{_hint(error.message)}"
    if isinstance(error, Unintelligible) and error.http_status in {401, 403}:
        return (
            f"Fonolo does not accept the credentials ({error.endpoint}: HTTP status "
            f"{error.http_status}); check FONOLO_AUTH_TOKEN and FONOLO_ACCOUNT_SID"
        )
    settings = "FONOLO_BASE_URL, FONOLO_ACCOUNT_SID and FONOLO_AUTH_TOKEN"
    return f"Fonolo gave no readable answer ({error}); check {settings}"


def _hint(reason: str) -> str:
    """Name the setting that a reason for being unreachable points to."""
    if reason.endswith("authority that is not known"):
        return "; name a file with that authority's PEM in EGRESS_CA_FILE"
    if "proxy" in reason:
        return "; check EGRESS_PROXY"
    return "; check FONOLO_BASE_URL and the network"
