"""What people are told about their subscription."""

from typing import Final

from accounts.choices import NotificationType
from accounts.services.notifications import notification_send
from commerce.choices import SubscriptionStatus
from commerce.models import Subscription

TOLD: Final = {
    SubscriptionStatus.ACTIVE: ("Subscription active", "Your subscription to {plan} is active until {until}"),
    SubscriptionStatus.PAST_DUE: (
        "Subscription payment failed",
        "The payment for {plan} failed. It is tried again; subscribe again with another card to pay now",
    ),
    SubscriptionStatus.EXPIRED: ("Subscription expired", "Your subscription to {plan} has ended: it was not paid"),
    SubscriptionStatus.CANCELLED: ("Subscription ended", "Your subscription to {plan} has ended"),
}


def tell_about_subscription(subscription: Subscription, *, before: str) -> None:
    """By a message on their list; e-mails are the gateway's. Nothing is said of one that never began."""
    if before == SubscriptionStatus.INCOMPLETE and subscription.status != SubscriptionStatus.ACTIVE:
        return
    title, words = TOLD[SubscriptionStatus(subscription.status)]
    until = f"{subscription.current_period_end:%d %B %Y}"
    notification_send(
        user=subscription.user,
        notification_type=NotificationType.SUBSCRIPTION_UPDATED,
        title=title,
        message=words.format(plan=subscription.plan.name, until=until),
        data={"subscription_id": subscription.pk, "status": subscription.status},
    )
