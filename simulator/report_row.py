"""The words of a report row: times as MM:SS, clearing texts, carriers."""

from dataclasses import dataclass

from simulator.walk import Progress, Status


def minutes(seconds: float) -> str:
    """Write whole seconds as MM:SS; minutes run on beyond 59."""
    return "{:02d}:{:02d}".format(*divmod(int(seconds), 60))


def yes(sent: bool) -> str:
    """Write whether a message was sent, as the document's reports do."""
    return "Yes" if sent else "--"


def clearing_of(progress: Progress) -> str:
    """Tell why a call ended as it did. The document names only the first of these."""
    match progress.status:
        case Status.SUCCESS:
            return "Normal Clearing"
        case Status.CANCELED:
            return "Canceled By Client"
        case Status.FAILED if Status.ERROR_CALLBACK in progress.spent:
            return "Target Hung Up"
        case Status.FAILED:
            return "Client No Answer"
    return "--"


@dataclass(frozen=True)
class Carrier:
    """Who would carry a number, and what kind of line it is: made up, but always the same."""

    kind: str
    name: str

    @classmethod
    def of(cls, number: str) -> "Carrier":
        """Pick one by the sum of the number's digits."""
        return _CARRIERS[sum(map(int, number)) % len(_CARRIERS)]


_CARRIERS = (
    Carrier("Landline", "Example Telephone Company"),
    Carrier("Mobile", "Fido Solutions Inc."),  # the document's, for the document's number
    Carrier("VoIP", "Example Voice Network"),
)
