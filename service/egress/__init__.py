"""A `requests` session over libcurl: the one way out, to Fonolo and to the CAPTCHA provider.

The adapter gives a whole transfer one deadline, verifies TLS, and goes through a proxy where one
is set. No request is ever sent twice: docs/decisions/0009-transport.md says how that is ensured.
"""

from service.egress.adapter import MAX_ANSWER, CurlAdapter, EgressSession, open_session

__all__ = ["MAX_ANSWER", "CurlAdapter", "EgressSession", "open_session"]
