"""`Idempotency-Key`: a call sent again gets the first one's answer and does nothing a second time."""

import hashlib
import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.conf import settings
from rest_framework.response import Response

from commerce.services import idempotency as calls
from config.core.errors import Invalid
from config.dialects.bodies import Renderer

# Not kept: what a later try may turn out better.
FORGOTTEN = frozenset({409, 429})


def honoured(action: Callable[..., Response]) -> Callable[..., Response]:
    @wraps(action)
    def run(view: Any, request: Any, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key:
            return action(view, request, *args, **kwargs)
        if len(key) > 255 or not key.isprintable():
            raise Invalid("Idempotency-Key must be 1 to 255 printable characters.", field="Idempotency-Key")
        call = calls.call_begin(actor=request.user, key=key, fingerprint=fingerprint_of(request))
        if call.status is not None:
            return Response(call.body, status=call.status, headers={"Idempotent-Replayed": "true"})
        try:
            response = action(view, request, *args, **kwargs)
        except Exception as exception:
            try:
                response = view.handle_exception(exception)
            except Exception:
                calls.call_forget(call)
                raise
        if response.status_code in FORGOTTEN or response.status_code >= 500:
            calls.call_forget(call)
        else:
            calls.call_finish(call, status=response.status_code, body=as_sent(response.data))
        return response

    return run


def as_sent(data: Any) -> Any:
    """The body as the caller got it, times and amounts as text."""
    return None if data is None else orjson.loads(Renderer().render(data))


def fingerprint_of(request: Any) -> str:
    body = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS, default=str)
    # Keyed: what was sent, an account number for one, must not be found by trying.
    said = b"\n".join([request.method.encode(), request.path.encode(), body])
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()
