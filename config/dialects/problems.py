"""Everything that can go wrong, brought to one form that a dialect's edge then words its own way."""

import dataclasses
import logging
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, IntegrityError, OperationalError
from django.http import Http404, UnreadablePostError
from django.utils.module_loading import autodiscover_modules
from rest_framework import exceptions

from config.core.errors import Busy, Conflict, DomainError, Kind, Limited, Missing
from config.core.sizes import size_words
from config.dialects.bodies import BodyTooLarge

logger = logging.getLogger(__name__)


@dataclass
class Problem:
    """`status` is the usual HTTP number; an edge may choose another. `errors` is set for validation problems."""

    status: int
    kind: str
    code: str
    message: str
    field: str | None = None
    errors: Any = None
    data: dict[str, Any] = dataclasses.field(default_factory=dict)
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


STATUS = {
    Kind.INVALID: 400,
    Kind.UNKNOWN_CALLER: 401,
    Kind.PAYMENT: 402,
    Kind.DENIED: 403,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.LIMITED: 429,
    Kind.UPSTREAM: 503,
}
KINDS = (
    {status: kind for kind, status in STATUS.items()} | dict.fromkeys((406, 411, 415), "media_type") | {405: "method"}
)


OWN_CODES: Final = frozenset({"invalid", "malformed", "parse_error", "server_error", "too_large"})
"""Of refusals that are no domain errors, of kinds that a rule's refusal may have too."""


OVERTAKEN: Final = frozenset(
    {
        *("23503", "23505"),  # PostgreSQL's foreign key and unique violation
        *("SQLITE_CONSTRAINT_FOREIGNKEY", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"),
    }
)


@cache
def codes_of(kinds: frozenset[Kind]) -> tuple[str, ...]:
    """The codes of all refusals of these kinds, in the order of the alphabet. Every operation of a document asks."""
    autodiscover_modules("errors")
    found, left = set(OWN_CODES), [DomainError]
    while left:
        error = left.pop()
        left += error.__subclasses__()
        if error.kind in kinds:
            found.add(error.code)
    return tuple(sorted(found))


def problem_from(exception: Exception) -> Problem | None:
    """None for a real fault of ours, which is then logged and answered as 500."""
    match exception:
        case DomainError():
            return _of_domain(exception)
        case exceptions.ValidationError():
            return Problem(400, Kind.INVALID, "invalid", "Invalid input.", errors=exception.detail)
        case exceptions.Throttled():
            wait = max(1, int(getattr(exception, "wait", None) or 1))
            message = f"Request was throttled. Expected available in {wait} seconds."
            return Problem(429, Kind.LIMITED, "throttled", message, headers={"Retry-After": str(wait)})
        case exceptions.APIException():
            return _of_drf(exception)
        case Http404():
            return Problem(404, Kind.MISSING, "not_found", "Not found.")
        case PermissionDenied():
            message = "You do not have permission to perform this action."
            return Problem(403, Kind.DENIED, "permission_denied", message)
        case RequestDataTooBig():
            return Problem(413, Kind.TOO_LARGE, "too_large", _too_large(exception))
        case SuspiciousOperation() | UnreadablePostError():
            return Problem(400, Kind.INVALID, "malformed", "The request cannot be read.")
        case OperationalError():
            # A lock that was waited for too long, or a database on its way back: worth another try, nothing was done.
            logger.warning("database busy: %s", exception)
            message = "The service is busy. Please try again."
            return Problem(503, Kind.UPSTREAM, "busy", message, headers={"Retry-After": "1"})
        case ObjectDoesNotExist() | DatabaseError() if is_gone(exception):
            logger.error("a row was gone between two looks at it", exc_info=exception)
            return _of_domain(Missing())
        case IntegrityError() if is_overtaken(exception):
            logger.error("another call came between a look and what followed from it", exc_info=exception)
            return _of_domain(Conflict())
    return None


def is_gone(error: Exception) -> bool:
    """A row that was there a moment ago, and that somebody else has deleted since: it was looked for once more, or
    written where no lock was held. Django says the second by an error of no narrower class. What lacks a row that
    belongs to it (an AttributeError as well) is a fault of ours."""
    if isinstance(error, ObjectDoesNotExist):
        return not isinstance(error, AttributeError)
    return type(error) is DatabaseError


def is_overtaken(error: IntegrityError) -> bool:
    """The database refused what another call has made, or made impossible, since we looked: a second row of what there
    is one of, or a reference to what is gone. A check that fails is a fault of ours."""
    cause = error.__cause__
    said = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return said in OVERTAKEN


def _too_large(error: RequestDataTooBig) -> str:
    most, size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, 0
    if isinstance(error, BodyTooLarge):
        most, size = error.most, error.size
    has = f"it has {size_words(size)}, and " if size else ""
    return f"The request is too large: {has}at most {size_words(most)} are taken here."


def _of_domain(error: DomainError) -> Problem:
    headers = {"Retry-After": str(error.wait)} if isinstance(error, Limited | Busy) else {}
    return Problem(
        STATUS[error.kind], error.kind, error.code, error.message, field=error.field, data=error.data, headers=headers
    )


def _of_drf(error: exceptions.APIException) -> Problem:
    status = error.status_code
    code = error.get_codes()
    headers = {}
    if (challenge := getattr(error, "auth_header", None)) is not None:
        headers["WWW-Authenticate"] = challenge
    detail = error.detail
    message = str(detail.get("detail", "")) if isinstance(detail, dict) else str(detail)
    return Problem(status, KINDS.get(status, Kind.INVALID), str(code), message, headers=headers)
