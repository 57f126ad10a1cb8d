"""What a printer answers to a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .codes import SIGNATURE_CODES, error_code, words_of
from .values import as_object, as_text, within

_REPORTS = frozenset({"push_status", "get_version"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement. `sequence` is the `sequence_id` of the command. Accepted is not done: whether the printer
    does it, its reports tell."""

    kind: str
    """The message's key: `print`, `system` …"""
    command: str
    sequence: str
    is_accepted: bool
    needs_signature: bool
    """Refused because Developer Mode is off."""
    words: str
    """Why it was refused; empty when it was accepted."""
    code: int | None


def answer_of(message: Mapping[str, Any]) -> Answer | None:
    """None for everything that is no answer: reports, versions, log lines. Takes any JSON."""
    for kind in ("print", "system", "info", "pushing", "upgrade", "xcam"):
        part = as_object(as_object(message).get(kind))
        result = as_text(part.get("result"))
        command = as_text(part.get("command"), 60)
        if result and command and command not in _REPORTS:
            return _answer(kind, command, result, part)
    return None


def _answer(kind: str, command: str, result: str, part: Mapping[str, Any]) -> Answer:
    is_accepted = result.casefold() == "success"
    code = within(part.get("err_code"), 1, 2**32 - 1)
    reason = as_text(part.get("reason"), 200) or ""
    needs_signature = not is_accepted and (code in SIGNATURE_CODES or "verify failed" in reason)
    return Answer(
        kind=kind,
        command=command,
        sequence=as_text(part.get("sequence_id"), 40) or "",
        is_accepted=is_accepted,
        needs_signature=needs_signature,
        words=_words(is_accepted, needs_signature, reason, code),
        code=code,
    )


def _words(is_accepted: bool, needs_signature: bool, reason: str, code: int | None) -> str:
    if is_accepted:
        return ""
    if needs_signature:
        return words_of(error_code(min(SIGNATURE_CODES)))
    if reason:
        return f"The printer refused it: {reason}."
    return words_of(error_code(code)) if code else "The printer refused it."
