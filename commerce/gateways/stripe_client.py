"""Stripe's library as we use it: one client a process, its errors in our words."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import stripe

from commerce.errors import CardDeclined, GatewayRefused, GatewayUnavailable
from commerce.gateways.base import REQUEST_SECONDS
from config.core.metrics import gateway_failed

logger = logging.getLogger(__name__)

# Where Stripe's parameter came from a field of our callers.
FIELDS: Final = {
    "payment_method": "payment_method_id",
    "payment_method_id": "payment_method_id",
    "return_url": "return_url",
}
TOKEN: Final = re.compile(r"(pm|card|src)_[A-Za-z0-9_]{1,250}")


@lru_cache(maxsize=4)
def client_of(key: str, base: str) -> stripe.StripeClient:
    """One client a process, so that connections are used again. It keeps a session for every thread.

    It does not retry by itself: the payer waits for at most one time-out, and the sweeps repeat with the same key.
    """
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        http_client=stripe.RequestsClient(timeout=REQUEST_SECONDS),
        max_network_retries=0,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Stripe's errors in our words. Theirs carry whole answers, client secrets included, so none is chained on."""
    try:
        yield
    except stripe.CardError as error:
        code, message = reason_of(error)
        raise CardDeclined(message, code=code) from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.error("Stripe refuses our key: HTTP %s, request %s", error.http_status, error.request_id)
        gateway_failed("stripe")
        raise GatewayRefused("Card payments are not set up correctly on this server.") from None
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        logger.warning("Stripe refused: %s, request %s", error.code, error.request_id)
        code = "idempotency_error" if isinstance(error, stripe.IdempotencyError) else error.code or "invalid_request"
        field = FIELDS.get(getattr(error, "param", None) or "")
        raise GatewayRefused((error.user_message or "")[:200] or None, field=field, code=code) from None
    except stripe.StripeError as error:  # no connection, time-out, 5xx, 409, 429, an answer that is none
        logger.warning("Stripe unavailable: %s, HTTP %s", type(error).__name__, error.http_status)
        gateway_failed("stripe")
        raise GatewayUnavailable from None
    except (KeyError, TypeError, ValueError) as error:
        logger.error("Stripe's answer is not understood: %s", type(error).__name__)
        gateway_failed("stripe")
        raise GatewayUnavailable from None


def require_token(token: str) -> None:
    """Also keeps a card number that somebody typed here from reaching Stripe's answer and from there a log."""
    if not TOKEN.fullmatch(token):
        raise GatewayRefused("This is no payment method of Stripe (pm_…).", field="payment_method_id")


def is_replay(answer: Any) -> bool:
    response = answer.last_response
    return response is not None and response.headers.get("Idempotent-Replayed") == "true"


def reason_of(decline: stripe.CardError) -> tuple[str, str]:
    body: Any = decline.json_body
    return failure_of(body["error"])


def failure_of(error: Mapping[str, Any] | None) -> tuple[str, str]:
    """The bank's own reason where it gave one, otherwise Stripe's code, and the words for the payer."""
    if not error:
        return "", ""
    reason = error.get("decline_code")
    code = reason if reason and reason != "generic_decline" else error.get("code") or error.get("type") or "failed"
    return str(code), str(error.get("message") or "")
