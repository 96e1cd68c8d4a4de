"""Every code of an error ⇔ openapi.yaml ⇔ the public contract, which is written down here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from service.http import request_schemas
from service.http.problem_catalogue import read_catalogue
from tests.contract.description import DOCUMENT, ROOT, operations, problem_examples

#: The contract: which code comes with which status. Adding one is a decision; removing one breaks
#: clients.
CODES = {
    "bad_request": 400,
    "malformed_json": 400,
    "invalid_idempotency_key": 400,
    "identity_required": 401,
    "identity_invalid": 401,
    "not_found": 404,
    "unknown_profile": 404,
    "unknown_option": 404,
    "unknown_callback": 404,
    "method_not_allowed": 405,
    "body_too_large": 413,
    "uri_too_long": 414,
    "unsupported_media_type": 415,
    "expectation_failed": 417,
    "profile_paused": 409,
    "option_paused": 409,
    "option_closed": 409,
    "slot_unavailable": 409,
    "duplicate_callback": 409,
    "idempotency_in_progress": 409,
    "callback_final": 409,
    "validation_failed": 422,
    "idempotency_key_reused": 422,
    "rate_limited": 429,
    "headers_too_large": 431,
    "internal_error": 500,
    "not_implemented": 501,
    "upstream_error": 502,
    "upstream_unavailable": 503,
    "captcha_unavailable": 503,
    "starts_disabled": 503,
    "outcome_unknown": 504,
}
FAULT_CODES = {
    "required",
    "invalid",
    "unknown_field",
    "number_not_digits",
    "number_impossible",
    "number_ambiguous",
    "number_blocked",
    "number_country_not_allowed",
    "number_type_blocked",
    "unknown_option",
    "option_required",
    "unknown_question",
    "question_not_allowed",
    "question_required",
    "question_not_digits",
    "question_length",
    "question_invalid",
    "sms_not_enabled",
    "scheduling_not_enabled",
    "captcha_required",
    "captcha_failed",
    "unknown_callback",
}


def test_the_code_answers_exactly_the_contracts_problems() -> None:
    assert read_catalogue().statuses == CODES


def test_the_description_lists_exactly_the_contracts_problems() -> None:
    assert set(DOCUMENT["components"]["schemas"]["ProblemCode"]["enum"]) == set(CODES)


def test_the_description_shows_each_problem_with_its_status_and_title() -> None:
    shown = {
        example["code"]: (example["status"], example["title"])
        for operation in operations().values()
        for answer in operation.responses.values()
        for example in problem_examples(answer)
    }
    problems = read_catalogue().problems
    assert shown == {code: (problems[code].status, problems[code].title) for code in shown}


def test_the_description_lists_exactly_the_contracts_faults() -> None:
    assert set(DOCUMENT["components"]["schemas"]["FaultCode"]["enum"]) == FAULT_CODES


def test_the_code_finds_exactly_the_contracts_faults() -> None:
    found = set(_codes_of("FieldError", "_fault", "captcha_fault"))
    assert found | set(request_schemas._DETAILS) == FAULT_CODES


def test_the_code_raises_no_problem_that_is_not_listed() -> None:
    assert set(_codes_of("Problem")) <= set(CODES)


def _codes_of(*functions: str) -> Iterator[str]:
    """Yield the literal codes that calls of the functions are given, in all of service/."""
    for path in (ROOT / "service").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in functions:
                yield from filter(_is_code, (getattr(each, "value", None) for each in node.args))


def _is_code(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z_]+", value) is not None
