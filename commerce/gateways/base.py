"""What every payment gateway can do, in words that belong to none of them.

Amounts are `Decimal` in the currency's own unit; an adapter turns them into what its company wants. Calls are made
outside database transactions and end within a time-out. They raise

- `GatewayUnavailable` when the outcome is unknown or the gateway asks to come back later. Repeat the call with the same
  key: the gateway does the work once;
- `GatewayRefused` when the gateway understood and said no. Repeating does not help;
- `MethodUnavailable` when the gateway is not set up here.

A declined card is no error but an answer: an `Intent` whose status is `failed`, with the gateway's code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

from commerce.choices import ChargebackState

REQUEST_SECONDS: Final = 10.0
EVENT_TOLERANCE_SECONDS: Final = 300


class IntentStatus(StrEnum):
    NEEDS_METHOD = "needs_method"
    NEEDS_ACTION = "needs_action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class GatewayRefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment as the gateway sees it now.

    `client_secret` lets the payer's browser finish this one payment and is shown to the payer alone. `next_action` is
    the gateway's own object (Stripe's shape) while the status is `needs_action`, otherwise None. `failure_code` is the
    gateway's word for why the last try failed.
    """

    reference: str
    status: IntentStatus
    client_secret: str = field(repr=False)
    amount: Decimal
    currency: str
    next_action: dict[str, Any] | None = field(default=None, repr=False)
    failure_code: str = ""
    failure_message: str = ""


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card that a gateway keeps for later. `token` and `customer` charge it, the rest may be shown.

    A `shared` token stands for a kind of card, not for one: saving it twice makes two.
    """

    token: str = field(repr=False)
    customer: str = field(repr=False)
    brand: str
    last_four: str
    expiry_month: int
    expiry_year: int
    shared: bool = False


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """A refund as the gateway sees it now. `key` is the one we asked for it with; None: it was made without us.

    Money by hand has no gateway, and is given without `amount` and `currency`.
    """

    reference: str
    status: GatewayRefundStatus
    message: str = ""
    key: UUID | None = None
    amount: Decimal = Decimal(0)
    currency: str = ""
    reason: str = ""


class BillingStatus(StrEnum):
    """Ended: cancelled, or given up for want of payment."""

    INCOMPLETE = "incomplete"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class BilledInvoice:
    """What a period of a subscription cost, and whether it came in."""

    reference: str
    amount: Decimal
    currency: str
    is_paid: bool
    period_start: datetime
    period_end: datetime


@dataclass(frozen=True, slots=True)
class Billing:
    """A subscription as the gateway sees it now. While its newest invoice waits for the payer's bank there is a
    `next_action`; `failure_code` says why it was declined."""

    reference: str
    status: BillingStatus
    period_start: datetime
    period_end: datetime
    cancels_at_end: bool
    invoices: tuple[BilledInvoice, ...]
    client_secret: str = field(default="", repr=False)
    next_action: dict[str, Any] | None = field(default=None, repr=False)
    failure_code: str = ""
    failure_message: str = ""


def key_of(text: str) -> UUID | None:
    """Our key in what a gateway keeps for a refund or subscription. There may be anything there."""
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class GatewayDispute:
    """A cardholder's dispute as the gateway sees it now.

    `withdrawn` is what it has taken for it and not given back, in the dispute's `currency`; `fee` what it charged for
    its trouble, in that of its own books.
    """

    reference: str
    state: ChargebackState
    amount: Decimal
    currency: str
    withdrawn: Decimal
    opened_at: datetime
    reason: str = ""
    evidence_due_at: datetime | None = None
    fee: Decimal = Decimal(0)
    fee_currency: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What a gateway told us, reduced to what it is about. The state is always asked for again.

    `reference` is the payment's, `object_reference` that of its refund or dispute. `amount` and `currency` are given
    where the message names them and they can be held against our own.
    """

    id: str
    type: str
    reference: str
    object_reference: str = ""
    amount: Decimal | None = None
    currency: str = ""


class Gateway(Protocol):
    name: str

    def create(
        self, *, amount: Decimal, currency: str, key: str, description: str, metadata: Mapping[str, str]
    ) -> Intent:
        """Announce a payment. The same key with the same values gives the same intent."""

    def confirm(self, *, reference: str, payment_method: str, return_url: str, key: str, customer: str = "") -> Intent:
        """Charge a card by its token. `return_url` (may be '') is where 3-D Secure sends the payer's browser.

        A saved card is charged together with the `customer` it was saved for.
        """

    def retrieve(self, reference: str) -> Intent: ...

    def cancel(self, reference: str) -> Intent:
        """Give up a payment that has not succeeded. One that has is refused; one given up before stays so."""

    def refund(self, *, reference: str, amount: Decimal, currency: str, key: str) -> GatewayRefund:
        """Give back part or all. The same key refunds once; more than is left is refused."""

    def retrieve_refund(self, reference: str) -> GatewayRefund: ...

    def refunds_of(self, reference: str) -> list[GatewayRefund]:
        """All refunds of a payment, also those that were made without us."""

    def disputes_of(self, reference: str) -> list[GatewayDispute]:
        """The disputes that cardholders have raised with their banks about a payment."""

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """The event in a request, once its signature over the raw bytes is proven. Raises `EventNotGenuine`."""


class CardGateway(Gateway, Protocol):
    """One that also keeps cards for later payments."""

    def save(self, *, token: str, account: str, customer: str) -> SavedCard:
        """Keep a card of the person: `account` names them here, `customer` at the gateway if they have a card already.

        The token may become another one. Saving a kept card again changes nothing. Whether the card can be charged is
        not asked. Raises `GatewayRefused`, with its `field`, for a token that is none or is somebody else's.
        """

    def forget(self, token: str) -> None:
        """Keep a card no longer. One that is not kept (any more) is no error."""


class BillingGateway(CardGateway, Protocol):
    """One that also charges subscriptions by itself, period after period."""

    def price_make(self, *, name: str, amount: Decimal, currency: str, cycle: str, key: str) -> str:
        """What a period costs (`cycle` is monthly or yearly), for good: another amount is another price."""

    def subscribe(
        self, *, price: str, amount: Decimal, currency: str, cycle: str, token: str, customer: str, key: str
    ) -> Billing:
        """Begin a subscription and charge its first period. The same key begins one. A declined card is no error: the
        answer is incomplete, and says why."""

    def billing(self, reference: str) -> Billing: ...

    def billing_key(self, reference: str) -> UUID | None:
        """The key with which we began it; None for one that is not ours."""

    def billing_find(self, *, key: str, customer: str) -> str:
        """The reference of the one that was begun with the key for the customer: its answer may have been lost. Empty
        when there is none."""

    def billing_pay(self, *, reference: str, token: str, customer: str, key: str) -> Billing:
        """Charge what is open with another card, and the periods to come as well."""

    def billing_cancel(self, *, reference: str, at_end: bool) -> Billing:
        """At the end of the period, or now. One that has ended is no error."""

    def invoice_paid_by(self, payment: str) -> str:
        """The reference of the invoice that a payment there was for; empty for a payment of something else."""

    def payment_of_invoice(self, invoice: str) -> str:
        """The reference of the payment that brought a paid invoice, for `refund`; empty for one that nothing did."""

    def billing_keep(self, reference: str) -> Billing:
        """It is not to end with its period after all."""
