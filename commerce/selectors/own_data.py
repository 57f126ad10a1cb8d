"""What trade has of a person. Tokens and what gateways call somebody are left out, and who bought from them."""

from typing import Final

from commerce.models import (
    Campaign,
    CartCoupon,
    CartItem,
    Dispute,
    DownloadEvent,
    HelpfulVote,
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
from config.core.own_data import Given, OwnData

LINE: Final = (
    "id order listing title kind is_digital size color quantity list_price unit_price discount_amount total_price"
    " currency=order__currency shipped_at delivered_at download_count"
)
PAYMENT: Final = (
    "id transaction_id order job bounty promotion payment_method status hire_status amount currency refunded_amount"
    " completed_at created_at"
)

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
        "Dispute.decided_by": "decisions of staff about others",
        "OrderChange.actor": "the history of an order is its buyer's",
        "PaymentChange.actor": "the history of a payment is its payer's",
        "PayoutChange.actor": "the history of a payout is its seller's",
        "ChargebackChange.actor": "the history of a chargeback",
        "SubscriptionChange.actor": "the history of a subscription is its person's",
    },
)
