"""`Idempotency-Key`: a call sent again gets the first one's answer and does nothing a second time."""

import hashlib
import hmac
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError
from django.http import QueryDict
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from config.core.errors import Invalid
from config.core.idempotency import Once, call_answer, call_answered
from config.dialects.bodies import Renderer

logger = logging.getLogger(__name__)

# Not kept: what a later try may turn out better.
FORGOTTEN = frozenset({409, 429})


def honoured(action: Callable[..., Response]) -> Callable[..., Response]:
    """The action with an Idempotency-Key: it finds the call as `self.once`, for the service that makes the effect.

    The answer is kept afterwards, refusals too: one that was told to the caller stays one. Only what cannot be read is
    looked at anew. Nothing is held while the action runs.
    """

    @wraps(action)
    def run(view: Any, request: Any, *args: Any, **kwargs: Any) -> Response:
        once = once_of(view, request, kwargs)
        if once is None:
            return action(view, request, *args, **kwargs)
        earlier = call_answered(once)
        if earlier is not None:
            return Response(earlier.body, status=earlier.status, headers={"Idempotent-Replayed": "true"})
        view.once = once
        try:
            response = action(view, request, *args, **kwargs)
        except ValidationError:
            raise
        except Exception as exception:
            response = view.handle_exception(exception)
            if view.declared.idempotent == "unless_refused":
                return response
        if response.status_code not in FORGOTTEN and response.status_code < 500:
            try:
                call_answer(once, status=response.status_code, body=as_sent(response.data))
            except DatabaseError:  # what was done is noted already, and a repeated call is answered from that
                logger.warning("an answer could not be kept: %s", once.operation)
        return response

    return run


def once_of(view: Any, request: Any, path: dict[str, Any]) -> Once | None:
    """The call that is to be done once; None without a key. Raises Invalid for a key that is none."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return None
    if len(key) > 255 or not key.isprintable():
        raise Invalid("Idempotency-Key must be 1 to 255 printable characters.", field="Idempotency-Key")
    operation = str(view.operation_ids[request.method.lower()])
    return Once(request.user.pk, key, operation, fingerprint_of(operation, path, request.data))


def as_sent(data: Any) -> Any:
    """The body as the caller got it, times and amounts as text."""
    return None if data is None else orjson.loads(Renderer().render(data))


def fingerprint_of(operation: str, path: dict[str, Any], data: Any) -> str:
    """What is asked for: the operation, the ids of its path, the fields, and the names and bytes of the files."""
    # Keyed: what was sent, an account number for one, must not be found by trying.
    digest = hmac.new(settings.SECRET_KEY.encode(), digestmod=hashlib.sha256)
    if isinstance(data, QueryDict):
        data = {name: [_digested(value) for value in values] for name, values in data.lists()}
    said = {"operation": operation, "path": path, "body": data}
    digest.update(orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=str))
    return digest.hexdigest()


def _digested(value: Any) -> Any:
    """A file as its name and the digest of its bytes, read in parts; left as it was found."""
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return [value.name, digest.hexdigest()]
