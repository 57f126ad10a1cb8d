"""What trade does when an account is deleted: orders, payments, the ledger and payouts stay, under a name that says
nothing; where somebody lives, how they paid and were paid, and what they wrote goes."""

from typing import Final

from commerce.choices import CampaignState
from commerce.models import (
    Campaign,
    CartCoupon,
    CartItem,
    Dispute,
    HelpfulVote,
    ListingReview,
    Order,
    OrderChange,
    OrderLine,
    PaymentChange,
    Payout,
    PayoutChange,
    PayoutSettings,
    Promotion,
    Refund,
    SavedMethod,
    Subscription,
    SubscriptionChange,
)
from commerce.services.payments.saved_methods import method_delete
from config.core.erasing import GONE, Step, name_of, one_part, rows_delete, rows_uncount, rows_write


def person_erase(*, user_id: int) -> bool:
    """One part of it; whether nothing is left. Raises GatewayUnavailable while a gateway does not forget a card."""
    saved = SavedMethod.objects.filter(user=user_id).select_related("user").first()
    if saved is not None:  # its gateway is asked outside of a transaction
        method_delete(actor=saved.user, method_id=saved.pk)
        return False
    return one_part(STEPS, user_id)


def _cart(user_id: int) -> int:
    return rows_delete(CartItem.objects.filter(user=user_id)) + rows_delete(CartCoupon.objects.filter(user=user_id))


def _payout_settings(user_id: int) -> int:
    return rows_delete(PayoutSettings.objects.filter(user=user_id))


def _helpful(user_id: int) -> int:
    return rows_uncount(HelpfulVote.objects.filter(user=user_id), "review", "helpful_count")


def _reviews(user_id: int) -> int:
    """The stars stay, which listings' ratings are made of."""
    return rows_write(ListingReview.objects.filter(author=user_id), comment="")


def _answers(user_id: int) -> int:
    answered = ListingReview.objects.filter(listing__seller=user_id).exclude(answer="")
    return rows_write(answered, answer=GONE)


def _campaigns(user_id: int) -> int:
    return rows_delete(Campaign.objects.filter(seller=user_id, uses=None))


def _used_campaigns(user_id: int) -> int:
    removed = {"name": GONE, "description": "", "state": CampaignState.REMOVED}
    return rows_write(Campaign.objects.filter(seller=user_id), **removed)


def _promotions(user_id: int) -> int:
    return rows_write(Promotion.objects.filter(seller=user_id), target_audience="")


def _orders(user_id: int) -> int:
    return rows_write(Order.objects.filter(buyer=user_id), shipping_address="")


def _sales(user_id: int) -> int:
    return rows_write(OrderLine.objects.filter(seller=user_id), seller_name=name_of(user_id))


def _payouts(user_id: int) -> int:
    return rows_write(Payout.objects.filter(seller=user_id), account="", account_hint="", account_digest="")


def _subscriptions(user_id: int) -> int:
    return rows_write(
        Subscription.objects.filter(user=user_id), token="", customer="", cancel_reason="", failure_message=""
    )


def _disputes(user_id: int) -> int:
    return rows_write(Dispute.objects.filter(opened_by=user_id), reason=GONE)


def _reasons(user_id: int) -> int:
    """What they gave as a reason themselves."""
    histories = (OrderChange, PaymentChange, PayoutChange, SubscriptionChange)
    changed = sum(rows_write(each.objects.filter(actor=user_id), reason="") for each in histories)
    return changed + rows_write(Refund.objects.filter(actor=user_id), reason="")


STEPS: Final[tuple[Step, ...]] = (
    *(_cart, _payout_settings, _helpful, _reviews, _answers, _campaigns, _used_campaigns, _promotions),
    *(_orders, _sales, _payouts, _subscriptions, _disputes, _reasons),
)
