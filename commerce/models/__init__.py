"""Money: prices, carts, orders, payments, escrow, the ledger, payouts, reviews by buyers, and sellers' figures."""

from commerce.models.campaigns import Campaign, CampaignUse, Promotion
from commerce.models.carts import CartItem
from commerce.models.chargebacks import Chargeback, ChargebackChange, ShareReversal
from commerce.models.coupons import CartCoupon, Coupon, CouponUse
from commerce.models.figures import DownloadEvent, ListingCountryDay, ListingDay, ShareMovement
from commerce.models.gateways import GatewayEvent, SandboxIntent, SandboxRefund
from commerce.models.ledger import LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction
from commerce.models.orders import Order, OrderChange, OrderLine
from commerce.models.payments import Dispute, Payment, PaymentChange, PaymentShare, Refund
from commerce.models.payouts import Payout, PayoutChange, PayoutSettings
from commerce.models.reviews import HelpfulVote, ListingReview
from commerce.models.saved_methods import SavedMethod
from commerce.models.subscriptions import (
    InvoiceReversal,
    Plan,
    PlanPrice,
    SandboxInvoice,
    SandboxSubscription,
    Subscription,
    SubscriptionChange,
    SubscriptionInvoice,
)

__all__ = [
    "Campaign",
    "CampaignUse",
    "CartCoupon",
    "CartItem",
    "Chargeback",
    "ChargebackChange",
    "Coupon",
    "CouponUse",
    "Dispute",
    "DownloadEvent",
    "GatewayEvent",
    "HelpfulVote",
    "InvoiceReversal",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerProof",
    "LedgerTransaction",
    "ListingCountryDay",
    "ListingDay",
    "ListingReview",
    "Order",
    "OrderChange",
    "OrderLine",
    "Payment",
    "PaymentChange",
    "PaymentShare",
    "Payout",
    "PayoutChange",
    "PayoutSettings",
    "Plan",
    "PlanPrice",
    "Promotion",
    "Refund",
    "SandboxIntent",
    "SandboxInvoice",
    "SandboxRefund",
    "SandboxSubscription",
    "SavedMethod",
    "ShareMovement",
    "ShareReversal",
    "Subscription",
    "SubscriptionChange",
    "SubscriptionInvoice",
]
