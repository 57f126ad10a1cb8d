"""Asking a gateway for a refund, as often as it takes, and never for two."""

from decimal import Decimal
from uuid import UUID

from commerce.gateways.base import Gateway, GatewayRefund


def refund_once(
    chosen: Gateway, *, payment: str, amount: Decimal, currency: str, key: UUID, is_repeated: bool
) -> GatewayRefund:
    """The refund of a payment that is made with `key`, or was. Where it was asked for before, and no answer came, it is
    looked for first: gateways forget keys (Stripe after a day), and would make another one. Raises as the gateway does.
    """
    if is_repeated:
        made = next((refund for refund in chosen.refunds_of(payment) if refund.key == key), None)
        if made is not None:
            return made
    return chosen.refund(reference=payment, amount=amount, currency=currency, key=str(key))
