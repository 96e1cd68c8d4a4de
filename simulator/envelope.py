"""Answers in the document's envelope: `head` and `data`, as JSON or as XML.

XML as in the document: the keys become elements, a list repeats its element, `null` is an
empty element, booleans are words. It is escaped, which the document forgets, and ASCII only,
since `text/xml` without a charset may be read as such.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from flask import Response

OK, FAILED = 200, 500
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(
    message: str,
    data: Mapping[str, Any] | None = None,
    *,
    xml: bool,
    head: Mapping[str, Any] | None = None,
) -> Response:
    """Answer a success; `head` adds to the head (paging)."""
    body: dict[str, Any] = {"head": {"status": OK, "message": message, **(head or {})}}
    if data is not None:
        body["data"] = data
    return render(body, OK, xml=xml)


def failure(message: str, *, xml: bool, http_status: int = FAILED) -> Response:
    """Answer a failure: status 500 in the head, whatever HTTP says."""
    return render({"head": {"status": FAILED, "message": message}}, http_status, xml=xml)


def bare_failure(message: str, *, xml: bool) -> Response:
    """Answer a failure with its status at the top level, as the document shows it once."""
    return render({"status": FAILED, "message": message}, FAILED, xml=xml)


def render(body: Mapping[str, Any], http_status: int, *, xml: bool) -> Response:
    """Write a body in the form asked for."""
    if not xml:
        return Response(json.dumps(body), http_status, content_type="application/json")
    root = ET.Element("fonolo")
    _append(root, body)
    ET.indent(root, "    ")
    text = ET.tostring(root, encoding="unicode")
    body_text = text.encode("ascii", "xmlcharrefreplace").replace(b" />", b"/>")
    return Response(body_text + b"\n", http_status, content_type="text/xml")


def _append(parent: ET.Element, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        for item in value if isinstance(value, list | tuple) else [value]:
            element = ET.SubElement(parent, name)
            if isinstance(item, Mapping):
                _append(element, item)
            elif item is not None:
                element.text = _word(item) or None


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))
