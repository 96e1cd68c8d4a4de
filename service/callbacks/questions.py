"""Answers to a profile's pre-call questions, checked against their configuration."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from service.callbacks.profile import Question
from service.errors import FieldError

PUBLIC_TYPES = frozenset({"numeric_input", "text_input", "recorded_message"})
#: What an operator may name in QUESTION_TYPES; the other types set caller-ids, countries or
#: options, which a stranger must never choose.
NAMEABLE_TYPES = PUBLIC_TYPES | {"sip_header"}
#: What a host may answer, besides, for a customer whom it knows.
_SIGNED_TYPES = frozenset({"sip_header"})
_NOBODY: Mapping[str, str] = MappingProxyType({})


def pointer(*names: str) -> str:
    """Write a JSON pointer (RFC 6901)."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def is_public(question: Question, types: frozenset[str]) -> bool:
    """Tell whether the public may see and answer the question."""
    return question.type in types and not question.key.lower().startswith("fc_")


def check_answers(
    questions: Iterable[Question],
    answers: Mapping[str, str],
    types: frozenset[str],
    signed: Mapping[str, str] = _NOBODY,
) -> tuple[dict[str, str], list[FieldError]]:
    """Sort the answers into those to pass on and the faults of the others.

    An empty answer is none; a missing one is a fault where the question needs it. The host's
    answers, `signed`, win: another answer to the same question is a fault.
    """
    configured = {question.key: question for question in questions}
    accepted: dict[str, str] = {}
    faults = []
    all_answers = {**answers, **signed}
    for key, answer in all_answers.items():
        fault = _check_key(key, configured, types | _SIGNED_TYPES if key in signed else types)
        if key in signed and answers.get(key, "") not in {"", answer}:
            fault = _fault(key, "question_not_allowed", "The host has answered this question.")
        if fault is None and answer != "":
            fault = _check_answer(configured[key], answer)
            accepted[key] = answer
        if fault:
            faults.append(fault)
    for question in configured.values():
        if _needs_answer(question, types) and not all_answers.get(question.key):
            faults.append(_fault(question.key, "question_required", "An answer is required."))
    return accepted, faults


def _check_key(
    key: str, configured: Mapping[str, Question], types: frozenset[str]
) -> FieldError | None:
    if key not in configured:
        return _fault(key, "unknown_question", "The profile has no question with this key.")
    if not is_public(configured[key], types):
        return _fault(key, "question_not_allowed", "This question is not open to callers.")
    return None


def _check_answer(question: Question, answer: str) -> FieldError | None:
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in answer):
        return _fault(question.key, "question_invalid", "Control characters are not allowed.")
    if "{{" in answer:
        return _fault(question.key, "question_invalid", "Two opening braces are not allowed.")
    if question.type == "numeric_input" and not re.fullmatch(r"[0-9]+", answer):
        return _fault(question.key, "question_not_digits", "Give digits only.")
    if len(answer) < question.min_length or 0 < question.max_length < len(answer):
        return _fault(question.key, "question_length", _lengths(question))
    return None


def _lengths(question: Question) -> str:
    most = f" and at most {question.max_length}" if question.max_length > 0 else ""
    return f"Give at least {question.min_length}{most} characters."


def _needs_answer(question: Question, types: frozenset[str]) -> bool:
    return (
        question.required
        and question.default is None
        and question.type != "recorded_message"
        and is_public(question, types)
    )


def _fault(key: str, code: str, detail: str) -> FieldError:
    return FieldError(pointer("questions", key), code, detail)
