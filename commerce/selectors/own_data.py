"""What trade has of a person. Tokens and what gateways call somebody are left out, and who bought from them."""

from typing import Final

from django.db.models import Q, Sum

from commerce.choices import (
    LIVE_SUBSCRIPTIONS,
    OPEN_CHARGEBACKS,
    OPEN_PAYOUTS,
    DisputeState,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
    SubscriptionStatus,
)
from commerce.models import (
    Campaign,
    CartCoupon,
    CartItem,
    Chargeback,
    Dispute,
    DownloadEvent,
    HelpfulVote,
    LedgerAccount,
    LedgerEntry,
    ListingDay,
    ListingReview,
    Order,
    OrderLine,
    Payment,
    PaymentShare,
    Payout,
    PayoutSettings,
    Promotion,
    Refund,
    SavedMethod,
    Subscription,
    SubscriptionInvoice,
)
from config.core.money import ZERO, quantise
from config.core.own_data import Given, OwnData

LIVE_ORDERS: Final = (OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.SHIPPED)

LINE: Final = (
    "id order listing title kind is_digital size color quantity list_price unit_price discount_amount total_price"
    " currency=order__currency shipped_at delivered_at download_count"
)
PAYMENT: Final = (
    "id transaction_id order job bounty promotion payment_method status hire_status amount currency refunded_amount"
    " completed_at created_at"
)


def in_the_way(user_id: int) -> list[str]:
    """Money that is due or in flight, and what it is for."""
    found = []
    sums = LedgerAccount.objects.filter(owner=user_id).values("currency").annotate(total=Sum("entries__amount"))
    for row in sums.order_by("currency"):
        amount = quantise(row["total"] or ZERO, row["currency"])
        if amount:
            found.append(f"The balance is {amount} {row['currency']}, with what is held.")
    party = Q(payer=user_id) | Q(payee=user_id) | Q(shares__seller=user_id)
    payments = Payment.objects.filter(party).order_by().values("pk")
    counts = {
        "orders are under way": Order.objects.filter(
            Q(buyer=user_id) | Q(lines__seller=user_id), status__in=LIVE_ORDERS
        ),
        "payments are under way": Payment.objects.filter(
            Q(status__in=(PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION)) | Q(held_amount__gt=0), pk__in=payments
        ),
        "refunds are under way": Refund.objects.filter(payment__in=payments, status=RefundStatus.PENDING),
        "disputes are open": Dispute.objects.filter(payment__in=payments, state=DisputeState.OPEN),
        "chargebacks are open": Chargeback.objects.filter(payment__in=payments, state__in=OPEN_CHARGEBACKS),
        "payouts are under way": Payout.objects.filter(seller=user_id, status__in=OPEN_PAYOUTS),
        "subscriptions run": Subscription.objects.filter(
            user=user_id, status__in=(*LIVE_SUBSCRIPTIONS, SubscriptionStatus.INCOMPLETE)
        ),
        "promotions are not paid": Promotion.objects.filter(seller=user_id, starts_at=None, called_off_at=None),
    }
    for what, rows in counts.items():
        number = rows.order_by().values("pk").distinct().count()
        if number:
            found.append(f"{number} {what}.")
    return found


OWN_DATA: Final = OwnData(
    given=(
        Given(
            "orders",
            Order,
            "buyer",
            "id channel order_type status total_amount currency shipping_address coupon_code pay_by created_at",
        ),
        Given("order_lines", OrderLine, "order__buyer", f"{LINE} seller=seller_name"),
        Given("sales", OrderLine, "seller", LINE),
        Given("payments", Payment, "payer", f"{PAYMENT} failure_message"),
        Given("payments_received", Payment, "payee", f"{PAYMENT} platform_fee artist_earning held_amount"),
        Given(
            "earnings",
            PaymentShare,
            "seller",
            "id payment=payment__transaction_id line gross fee earning refunded_gross refunded_fee held_gross"
            " currency=payment__currency",
        ),
        Given(
            "refunds",
            Refund,
            "payment__payer",
            "id payment=payment__transaction_id amount currency=payment__currency status reason created_at settled_at",
        ),
        Given(
            "ledger_statement",
            LedgerEntry,
            "account__owner",
            "id account=account__kind currency=account__currency amount kind=transaction__kind"
            " payment=transaction__payment__transaction_id payout=transaction__payout__uuid"
            " note=transaction__note created_at=transaction__created_at",
        ),
        Given(
            "disputes",
            Dispute,
            "opened_by",
            "id payment=payment__transaction_id reason state artist_amount buyer_amount currency=payment__currency"
            " answer created_at decided_at",
        ),
        Given(
            "payouts",
            Payout,
            "seller",
            "uuid amount currency method fees net_amount account_hint status reference failure_message request_date"
            " processed_date",
        ),
        Given(
            "payout_settings",
            PayoutSettings,
            "user",
            "method account_details minimum_payout payout_schedule is_verified created_at updated_at",
        ),
        Given(
            "payment_methods",
            SavedMethod,
            "user",
            "type provider brand last_four expiry_month expiry_year cardholder_name email billing_address is_default"
            " verified_at created_at",
        ),
        Given("cart", CartItem, "user", "listing title=listing__title quantity size color added_at"),
        Given("cart_coupon", CartCoupon, "user", "coupon=coupon__code applied_at"),
        Given(
            "campaigns",
            Campaign,
            "seller",
            "id name description discount_type discount_value currency start_date end_date target_audience budget given"
            " total_uses state created_at",
        ),
        Given(
            "promotions",
            Promotion,
            "seller",
            "number listing promotion_type target_audience duration_days cost from_balance currency starts_at"
            " expires_at called_off_at created_at",
        ),
        Given(
            "subscriptions",
            Subscription,
            "user",
            "id plan=plan__name billing_cycle status payment_method amount currency current_period_start"
            " current_period_end cancel_at_period_end cancelled_at cancel_reason created_at",
        ),
        Given(
            "subscription_invoices",
            SubscriptionInvoice,
            "subscription__user",
            "subscription reference amount currency period_start period_end paid_at refunded_amount",
        ),
        Given(
            "reviews",
            ListingReview,
            "author",
            "id listing title=listing__title rating comment answer answered_at helpful_count created_at updated_at",
        ),
        Given("reviews_found_helpful", HelpfulVote, "user", "review created_at"),
        Given("downloads", DownloadEvent, "user", "listing title=listing__title line created_at"),
        Given(
            "daily_figures",
            ListingDay,
            "seller",
            "listing day views downloads purchases pieces revenue earnings likes currency",
        ),
    ),
    left_out={
        "LedgerAccount.owner": "its lines are in ledger_statement",
        "Refund.actor": "who asked for a refund; refunds are their payer's",
        "InvoiceReversal.actor": "who gave money of a subscription back; its person has it in subscription_invoices",
        "Dispute.decided_by": "decisions of staff about others",
        "OrderChange.actor": "the history of an order is its buyer's",
        "PaymentChange.actor": "the history of a payment is its payer's",
        "PayoutChange.actor": "the history of a payout is its seller's",
        "ChargebackChange.actor": "the history of a chargeback",
        "SubscriptionChange.actor": "the history of a subscription is its person's",
    },
    in_the_way=in_the_way,
)
