"""Readiness: no requests for a process that drains, or that has not fetched a profile yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from service.callbacks.ports import Catalog
from service.errors import UpstreamError, UpstreamRefused

#: How long a probe may wait for Fonolo, in seconds.
_WITHIN = 3.0


class Readiness:
    """Answer /readyz.

    `store_state` says how the store is, which never makes the process unready. `draining` is set
    by the server once it is told to stop.
    """

    def __init__(
        self,
        catalog: Catalog,
        profile_sids: Iterable[str],
        store_state: Callable[[], str],
        draining: threading.Event,
    ) -> None:
        self._catalog = catalog
        self._profile_sids = tuple(dict.fromkeys(profile_sids))
        self._store_state = store_state
        self._configured = False
        self._draining = draining

    def __call__(self) -> tuple[bool, dict[str, str]]:
        """Return whether to send requests here, and the states that say why."""
        draining = self._draining.is_set()
        self._configured = self._configured or (not draining and self._fetch())
        parts = {
            "configuration": "known" if self._configured else "unknown",
            "store": self._store_state(),
        }
        if draining:
            parts["reason"] = "draining"
        return self._configured and not draining, parts

    def _fetch(self) -> bool:
        """Ask for the profiles until one is known; one that Fonolo refuses does not stop us."""
        for sid in self._profile_sids:
            try:
                self._catalog.profile(sid, _WITHIN)
            except UpstreamRefused:
                continue
            except UpstreamError:
                return False
            return True
        return False
