from commerce.models.gateways import GatewayEvent, SandboxIntent, SandboxRefund
from commerce.models.idempotency import IdempotentCall
from commerce.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction
from commerce.models.orders import Order, OrderChange, OrderLine
from commerce.models.payments import Dispute, Payment, PaymentChange, PaymentShare, Refund

__all__ = [
    "Dispute",
    "GatewayEvent",
    "IdempotentCall",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "Order",
    "OrderChange",
    "OrderLine",
    "Payment",
    "PaymentChange",
    "PaymentShare",
    "Refund",
    "SandboxIntent",
    "SandboxRefund",
]
