"""The sandbox's cards: Stripe's published test cards, and what each of them does when it is charged."""

from typing import Any, Final

from django.conf import settings

from commerce.errors import GatewayRefused, MethodUnavailable
from commerce.models import SandboxIntent

NEEDS_METHOD: Final = "requires_payment_method"
NEEDS_ACTION: Final = "requires_action"
SUCCEEDED: Final = "succeeded"
CANCELLED: Final = "canceled"
PAYS: Final = {"pm_card_visa", "pm_card_visa_debit", "pm_card_mastercard", "pm_card_amex"}
NEEDS_3D_SECURE: Final = {"pm_card_threeDSecure2Required", "pm_card_authenticationRequired"}
# Code and words of the refusal. `card_declined` is the bank that gives no reason (Stripe's `generic_decline`).
DECLINES: Final = {
    "pm_card_chargeDeclined": ("card_declined", "Your card was declined."),
    "pm_card_visa_chargeDeclined": ("card_declined", "Your card was declined."),
    "pm_card_chargeDeclinedInsufficientFunds": ("insufficient_funds", "Your card has insufficient funds."),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("insufficient_funds", "Your card has insufficient funds."),
    "pm_card_visa_chargeDeclinedLostCard": ("lost_card", "Your card was declined."),
    "pm_card_visa_chargeDeclinedStolenCard": ("stolen_card", "Your card was declined."),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "Your card has expired."),
    "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "pm_card_chargeDeclinedProcessingError": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
}
BRANDS: Final = {"pm_card_mastercard": "mastercard", "pm_card_amex": "amex"}
TEST_CARDS: Final = {
    "4242424242424242": "pm_card_visa",
    "4000056655665556": "pm_card_visa_debit",
    "5555555555554444": "pm_card_mastercard",
    "378282246310005": "pm_card_amex",
    "4000000000000002": "pm_card_chargeDeclined",
    "4000000000009995": "pm_card_chargeDeclinedInsufficientFunds",
    "4000000000009987": "pm_card_visa_chargeDeclinedLostCard",
    "4000000000009979": "pm_card_visa_chargeDeclinedStolenCard",
    "4000000000000069": "pm_card_chargeDeclinedExpiredCard",
    "4000000000000127": "pm_card_chargeDeclinedIncorrectCvc",
    "4000000000000119": "pm_card_chargeDeclinedProcessingError",
    "4000000000003220": "pm_card_threeDSecure2Required",
    "4000002760003184": "pm_card_threeDSecure2Required",
}

# The numbers that may be sent to us at all, turned into tokens at once (see `services.saved_methods`).
RAW_NUMBERS: Final = {"4242424242424242", "4000000000000002", "4000002760003184"}

# Pays while its owner is present, and is declined at every renewal of a subscription.
FAILS_AT_RENEWALS: Final = "pm_card_chargeCustomerFail"


def token_of_test_card(number: str) -> str:
    """The token of a published test card; spaces and hyphens do not matter. Any other number is refused, unrepeated."""
    require_allowed()
    token = TEST_CARDS.get(number.replace(" ", "").replace("-", ""))
    if token is None:
        raise GatewayRefused(
            "The sandbox takes Stripe's test cards only, such as 4242 4242 4242 4242. Never enter a real card here.",
            code="unknown_card",
        )
    return token


def require_token(token: str) -> None:
    if token not in PAYS | NEEDS_3D_SECURE | DECLINES.keys() | {FAILS_AT_RENEWALS}:
        raise GatewayRefused(
            "The sandbox knows only Stripe's test payment methods, for example pm_card_visa.",
            field="payment_method_id",
            code="resource_missing",
        )


def require_allowed() -> None:
    if not settings.SANDBOX_ALLOWED:
        raise MethodUnavailable("Card payments are not set up on this server.")


def refusal_of(token: str, *, is_renewal: bool = False) -> tuple[str, str]:
    """Code and words; empty for a card that is charged."""
    if token == FAILS_AT_RENEWALS:
        return DECLINES["pm_card_chargeDeclined"] if is_renewal else ("", "")
    return DECLINES.get(token, ("", ""))


def next_action_of(intent: SandboxIntent) -> dict[str, Any] | None:
    if intent.status != NEEDS_ACTION:
        return None
    address = f"{settings.PUBLIC_URL}/sandbox/3d-secure/{intent.challenge}/"
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"url": address, "return_url": intent.return_url or None},
    }
