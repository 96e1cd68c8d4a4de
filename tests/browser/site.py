"""A company's own site: pages with the widget in them, under a CSP without `unsafe-inline`."""

from __future__ import annotations

import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

_CSP = (
    "default-src 'none'; script-src {api}{more}; style-src 'self'; connect-src {api}; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)
_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A company</title>
<link rel="stylesheet" href="/site.css">{style}
{script}
</head>
<body>
<main>
<h1>Talk to us</h1>
<callback-widget {attributes}>{inside}</callback-widget>
{after}</main>
</body>
</html>
"""
_STYLE = """:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { margin: 0; padding: 12px; }
body { background: light-dark(#f3f4fa, #0c0e14); color: light-dark(#171a26, #eef0f7); }
h1 { margin: 0 0 12px; font-size: 1.5rem; }
callback-widget:not(:defined) { display: block; min-height: 28rem; }
"""

#: What themes and frameworks set, and what leaks into an element that does not defend itself.
HOSTILE = """html { font-size: 62.5%; }
body, body * { text-transform: uppercase; letter-spacing: 4px; white-space: nowrap; font-style: italic;
  text-shadow: 2px 2px red; text-indent: 30px; line-height: 3; word-spacing: 9px; visibility: visible; }
button, input, select, textarea, h2, h3, label { all: unset; font-size: 9px; }
div, p, section, form { float: left; margin: 40px; }
"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/site.css":
            self._answer("text/css", _STYLE, "default-src 'none'")
        elif url.path == "/hostile.css":
            self._answer("text/css", HOSTILE, "default-src 'none'")
        elif url.path == "/":
            self._page(dict(parse_qsl(url.query, keep_blank_values=True)))
        else:
            self.send_error(404)

    def _page(self, attributes: dict[str, str]) -> None:
        profile = attributes["profile"]
        lang = attributes.pop("page-lang", profile if profile in {"es", "fr"} else "en")
        script = attributes.pop(
            "script", '<script type="module" src="{api}/widget.js{query}"></script>'
        )
        query, more = attributes.pop("query", ""), attributes.pop("script-src", "")
        inside, after = attributes.pop("inside", ""), attributes.pop("after", "")
        hostile = attributes.pop("hostile", "")
        style = '\n<link rel="stylesheet" href="/hostile.css">' if hostile else ""
        api = attributes["api"]
        markup = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
        script = script.format(api=api, query=query)
        parts = {"script": script, "lang": lang, "after": after, "inside": inside, "style": style}
        page = _PAGE.format(api=api, attributes=markup, **parts)
        policy = _CSP.format(api=api, more=f" {more}" if more else "")
        if more:  # a CAPTCHA's own script does not keep to trusted types
            policy = policy.replace("; require-trusted-types-for 'script'", "")
        self._answer("text/html; charset=utf-8", page, policy)

    def _answer(self, content_type: str, body: str, policy: str) -> None:
        content = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Site:
    """The site, served on a free port while it is entered."""

    def __enter__(self) -> Site:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def page(self, api: str, attributes: dict[str, str]) -> str:
        """Return the address of a page whose widget has these attributes."""
        return f"{self.origin}/?{urlencode({'api': api, **attributes})}"
