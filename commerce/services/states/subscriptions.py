"""The subscription's state machine."""

from accounts.actors import Actor, person
from accounts.models import User
from commerce.choices import SUBSCRIPTION_CHANGES, SubscriptionStatus
from commerce.errors import WrongSubscriptionStatus
from commerce.models import Subscription, SubscriptionChange
from commerce.services.notices.webhooks import subscription_webhook
from config.core.errors import Missing


def subscription_lock(subscription_id: int) -> Subscription:
    """The subscription, locked; its person first, so that of two subscriptions of theirs one moves at a time. Raises
    Missing."""
    user_id = Subscription.objects.filter(pk=subscription_id).values_list("user_id", flat=True).first()
    if user_id is None:
        raise Missing("Subscription")
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("user", "plan")
    return rows.get(pk=subscription_id)


def subscription_status_change(
    subscription: Subscription, status: SubscriptionStatus, *, actor: Actor, reason: str = ""
) -> None:
    """The one place that assigns a subscription's status. It must be locked. Raises WrongSubscriptionStatus."""
    if status not in SUBSCRIPTION_CHANGES[subscription.status]:
        raise WrongSubscriptionStatus(f"A subscription that is {subscription.status} cannot become {status}.")
    SubscriptionChange.objects.create(
        subscription=subscription,
        before=subscription.status,
        after=status,
        actor=person(actor),
        reason=reason[:200],
    )
    subscription.status = status
    subscription.save(update_fields=["status", "updated_at"])
    subscription_webhook(subscription)
