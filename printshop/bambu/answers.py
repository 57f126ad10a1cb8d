"""What a printer answers to a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
    raise NotImplementedError
