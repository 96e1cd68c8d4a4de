"""callback-gateway: a public call-back API in front of Fonolo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(*args: Any, **kwargs: Any) -> Flask:
    """Build the WSGI application; see `service.app.create_app`.

    Imported only when called, so that `service.fonolo` can be used without Flask.
    """
    from service.app import create_app as build

    return build(*args, **kwargs)
