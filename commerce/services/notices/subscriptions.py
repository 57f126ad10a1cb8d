"""What people are told about their subscription, and administrators about money that is taken back."""

from typing import Any, Final

from accounts.choices import NotificationType
from accounts.selectors.people import administrators
from accounts.services.notifications import notification_send
from commerce.choices import ChargebackState, RefundStatus, ReversalKind, SubscriptionStatus
from commerce.models import InvoiceReversal, Subscription, SubscriptionInvoice
from commerce.services.notices.chargebacks import CHARGEBACK_TITLES, CHARGEBACK_WORDS
from config.core.money import shown

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


def tell_about_ending(subscription: Subscription, *, reason: str) -> None:
    """Staff have ended it, now or with its period."""
    if subscription.status == SubscriptionStatus.CANCELLED:
        title, when = TOLD[SubscriptionStatus.CANCELLED][0], "has ended"
    else:
        title, when = "Subscription ends", f"ends on {subscription.current_period_end:%d %B %Y}"
    notification_send(
        user=subscription.user,
        notification_type=NotificationType.SUBSCRIPTION_UPDATED,
        title=title,
        message=f"Your subscription to {subscription.plan.name} {when}: {reason}",
        data={"subscription_id": subscription.pk, "status": subscription.status},
    )


def tell_about_reversal(subscription: Subscription, reversal: InvoiceReversal) -> None:
    """Administrators learn of each change of a dispute and of a refund that fails, also by e-mail; who got money back
    of that."""
    invoice, plan = reversal.invoice, subscription.plan.name
    amount = f"{invoice.currency} {shown(reversal.amount, invoice.currency)}"
    data = {"subscription_id": subscription.pk, "status": subscription.status}
    if reversal.kind == ReversalKind.DISPUTE:
        title = CHARGEBACK_TITLES[ChargebackState(reversal.state)]
        words = CHARGEBACK_WORDS[ChargebackState(reversal.state)].format(thing=f"the subscription to {plan}")
        message = f"{words} (subscription {subscription.pk}; disputed: {amount})"
        _tell_administrators(invoice, NotificationType.CHARGEBACK_UPDATED, title, message, data)
    elif reversal.state == RefundStatus.FAILED:
        words = f"The refund of {amount} for the subscription to {plan} did not reach the subscriber"
        reason = reversal.failure_message or "no reason given"
        way = f"Nothing of it is booked; give it back in another way (subscription {subscription.pk})"
        _tell_administrators(
            invoice, NotificationType.REFUND_FAILED, "Refund Failed", f"{words} ({reason}). {way}", data
        )
    elif reversal.state == RefundStatus.SUCCEEDED:
        notification_send(
            user=subscription.user,
            notification_type=NotificationType.SUBSCRIPTION_UPDATED,
            title="Subscription payment refunded",
            message=f"{amount} of your subscription to {plan} were given back"
            + (f": {reversal.words}" if reversal.words else ""),
            data=data,
        )


def _tell_administrators(
    invoice: SubscriptionInvoice, kind: NotificationType, title: str, message: str, data: dict[str, Any]
) -> None:
    for person in administrators().order_by("pk"):
        notification_send(
            user=person,
            notification_type=kind,
            title=title,
            message=message,
            data=data,
            email="payment_alert",
            email_context={"title": title, "message": message, "transaction_id": invoice.reference},
        )
