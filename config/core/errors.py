"""Domain errors: what the platform refuses, in words no transport knows.

A dialect's file in config/dialects turns `kind` into a status and the rest into its own body. Apps subclass
`DomainError` in their `errors.py` and give each refusal a stable `code`.
"""

from enum import StrEnum
from typing import Any, ClassVar


class Kind(StrEnum):
    INVALID = "invalid"
    UNKNOWN_CALLER = "unknown_caller"
    PAYMENT = "payment"
    DENIED = "denied"
    MISSING = "missing"
    CONFLICT = "conflict"
    LIMITED = "limited"
    TOO_LARGE = "too_large"
    UPSTREAM = "upstream"


class DomainError(Exception):
    """A refusal.

    `field` names the offending input, when there is one; `data` carries whatever the answer needs beside the words.
    """

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = Kind.INVALID
    message: str = "The request was refused."

    def __init__(self, message: str | None = None, *, field: str | None = None, **data: Any) -> None:
        self.message = message or self.message
        self.field = field
        self.data = data
        super().__init__(self.message)


class Invalid(DomainError):
    code = "invalid"


class Denied(DomainError):
    code = "permission_denied"
    kind = Kind.DENIED
    message = "You do not have permission to perform this action."


class OutOfScope(Denied):
    """An API key was shown that is not for this; `scope` is the one it lacks, "" where no key is."""

    code = "api_key_scope"

    def __init__(self, scope: str) -> None:
        words = f"This API key lacks the scope {scope}." if scope else "No API key is good for this. Please sign in."
        super().__init__(words, scope=scope)


class Missing(DomainError):
    """`Missing("Artwork")` reads "Artwork not found"."""

    code = "not_found"
    kind = Kind.MISSING

    def __init__(self, thing: str = "Record", **data: Any) -> None:
        super().__init__(f"{thing} not found", **data)


class Conflict(DomainError):
    code = "conflict"
    kind = Kind.CONFLICT
    message = "The record has changed meanwhile."


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used with another request."


class StillRunning(Conflict):
    code = "idempotency_key_in_use"
    message = "A request with this Idempotency-Key is still being answered."


class Limited(DomainError):
    """Too many attempts; `wait` is how long to stay away, in seconds."""

    code = "too_many_attempts"
    kind = Kind.LIMITED

    def __init__(self, message: str, *, wait: int) -> None:
        super().__init__(message, wait=wait)
        self.wait = wait


class Busy(DomainError):
    """Too much is asked for at this moment; `wait` is when to come again, in seconds."""

    code = "busy"
    kind = Kind.UPSTREAM
    message = "The service is busy. Please try again."

    def __init__(self, message: str | None = None, *, wait: int = 1) -> None:
        super().__init__(message)
        self.wait = wait


class Upstream(DomainError):
    code = "upstream_unavailable"
    kind = Kind.UPSTREAM
    message = "A service this needs does not answer. Please try again later."


class AppendOnly(Conflict):
    """The audit trail is only added to."""

    code = "append_only"
    message = "Audit entries are neither changed nor deleted."
