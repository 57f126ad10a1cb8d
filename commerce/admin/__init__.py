"""The shop in Django's admin site: money moves by the same services as everywhere."""

from commerce.admin import (
    bounties,
    chargebacks,
    coupons,
    disputes,
    figures,
    gateways,
    ledger,
    orders,
    payments,
    payouts,
    refunds,
    reviews,
    sales,
    shares,
    subscriptions,
)

__all__ = [
    "bounties",
    "chargebacks",
    "coupons",
    "disputes",
    "figures",
    "gateways",
    "ledger",
    "orders",
    "payments",
    "payouts",
    "refunds",
    "reviews",
    "sales",
    "shares",
    "subscriptions",
]
