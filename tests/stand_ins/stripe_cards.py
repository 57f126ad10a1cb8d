"""Cards at the Stripe stand-in: the published test cards, Customers, and the PaymentMethods attached to them."""

import secrets
from typing import Any

DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline", "Your card was declined."),
    "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline", "Your card was declined."),
    "pm_card_visa_chargeDeclinedInsufficientFunds": (
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", None, "Your card has expired."),
    "pm_card_chargeDeclinedProcessingError": (
        "processing_error",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
    ),
}
# Attaches, and is turned down when it is charged. The cards above cannot be attached at all.
FAILS_LATER = "pm_card_chargeCustomerFail"
CARDS = {"pm_card_mastercard": ("mastercard", "4444"), "pm_card_amex": ("amex", "8431")}
CHALLENGES = {"pm_card_threeDSecure2Required", "pm_card_authenticationRequired"}
PAYS = {"pm_card_visa", "pm_card_mastercard", "pm_card_amex"}


class Refused(Exception):
    def __init__(self, status: int, message: str, *, kind: str = "invalid_request_error", **more: Any) -> None:
        self.status = status
        self.error = {"type": kind, "message": message, **more}


class KeptCards:
    """The part of the stand-in that keeps cards for later."""

    def __init__(self) -> None:
        super().__init__()
        self.customers: dict[str, dict[str, Any]] = {}
        self.methods: dict[str, dict[str, Any]] = {}

    def _customer(self, params: dict[str, str]) -> dict[str, Any]:
        customer: dict[str, Any] = {"id": new_id("cus"), "object": "customer", "metadata": metadata_of(params)}
        self.customers[customer["id"]] = customer
        return customer

    def _method(self, reference: str) -> dict[str, Any]:
        """A PaymentMethod. Each use of a test card's name makes a new one, as Stripe does."""
        if reference in self.methods:
            return self.methods[reference]
        if reference not in PAYS | CHALLENGES | DECLINES.keys() | {FAILS_LATER}:
            raise Refused(404, f"No such PaymentMethod: '{reference}'", code="resource_missing", param="payment_method")
        brand, last_four = CARDS.get(reference, ("visa", "4242"))
        card = {"brand": brand, "last4": last_four, "exp_month": 11, "exp_year": 2031, "funding": "credit"}
        return {
            "id": new_id("pm"),
            "object": "payment_method",
            "card": card,
            "customer": None,
            "type": "card",
            "_stands_for": reference,
            "_detached": False,
        }

    def card_from_the_browser(self, stands_for: str = "pm_card_visa") -> str:
        """What Stripe's form gives the payer's browser: the id of a PaymentMethod that is attached to nobody."""
        method = self._method(stands_for)
        self.methods[method["id"]] = method
        return str(method["id"])

    def _attach(self, method: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        customer = params.get("customer", "")
        if customer not in self.customers:
            raise Refused(404, f"No such customer: '{customer}'", code="resource_missing", param="customer")
        if method["_stands_for"] in DECLINES:
            code, decline_code, message = DECLINES[method["_stands_for"]]
            more = {"decline_code": decline_code} if decline_code else {}
            raise Refused(402, message, kind="card_error", code=code, **more)
        if method["_detached"]:
            raise Refused(
                400,
                "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
                "Customer, and may not be used again.",
            )
        if method["customer"] not in {None, customer}:
            raise Refused(400, "The payment method you provided has already been attached to a customer.")
        method["customer"] = customer
        self.methods[method["id"]] = method
        return method

    def _detach(self, method: dict[str, Any]) -> dict[str, Any]:
        if method["customer"] is None:
            raise Refused(
                400,
                "The payment method you provided is not attached to a customer so detachment is impossible.",
            )
        method.update(customer=None, _detached=True)
        return method

    def _card_for(self, intent: dict[str, Any], reference: str) -> str:
        """The test card behind a payment's PaymentMethod. One that is attached goes with its Customer alone."""
        if reference not in self.methods:
            if reference not in PAYS | CHALLENGES | DECLINES.keys():
                raise Refused(
                    400, f"No such PaymentMethod: '{reference}'", code="resource_missing", param="payment_method"
                )
            return reference
        method = self.methods[reference]
        if method["_detached"]:
            raise Refused(
                400,
                "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or "
                "was detached from a Customer. It may not be used again.",
                param="payment_method",
            )
        if method["customer"] is not None and method["customer"] != intent["customer"]:
            raise Refused(
                400,
                f"The PaymentMethod {reference} belongs to the Customer {method['customer']}. Please include the "
                "Customer in the `customer` parameter on the PaymentIntent.",
                param="payment_method",
            )
        return str(method["_stands_for"])


def metadata_of(params: dict[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("metadata[").removesuffix("]"): value
        for name, value in params.items()
        if name.startswith("metadata[")
    }


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"
