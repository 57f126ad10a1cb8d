"""Payment gateways. `card_gateway()` is the one that takes cards here; `gateway(name)` the one of a known payment."""

from django.conf import settings

from commerce.errors import MethodUnavailable
from commerce.gateways.base import BillingGateway, Gateway


def card_gateway() -> BillingGateway:
    """Stripe when it has a key, else the sandbox where it is allowed. Raises MethodUnavailable without either."""
    return gateway_of_card(card_gateway_name())


def card_gateway_name() -> str:
    return "stripe" if settings.STRIPE_SECRET_KEY else "sandbox"


def gateway(name: str) -> Gateway:
    """The gateway a payment was started at; also after another one has become the one for new payments.

    Raises MethodUnavailable when it is not set up here, or is none (a bank transfer, cash).
    """
    # Imported when used: the client library of one company must not be in memory for the sake of another.
    if name == "jazzcash":
        from commerce.gateways.jazzcash import JazzCashGateway

        return JazzCashGateway()
    return gateway_of_card(name)


def gateway_of_card(name: str) -> BillingGateway:
    """The gateway a card was saved at. Raises MethodUnavailable as `gateway` does."""
    if name == "stripe":
        from commerce.gateways.stripe import StripeGateway

        return StripeGateway()
    if name == "sandbox":
        from commerce.gateways.sandbox import SandboxGateway

        return SandboxGateway()
    raise MethodUnavailable("This payment was not made through a payment service.")
