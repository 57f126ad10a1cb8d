"""The outbox: e-mails and socket messages leave after the commit, exactly once."""

from typing import Any

from accounts.models import User
from community.choices import DeliveryChannel
from community.models import Delivery, Notification
from config.core.announce import enqueue_after_commit


def email_queue(*, user: User, template: str, context: dict[str, Any] | None = None, address: str = "") -> Delivery:
    """An e-mail from the template pair `templates/email/<template>`. `context` is JSON and holds no secrets.

    It goes to `address`, or to what is the account's address when it is sent.
    """
    delivery = Delivery.objects.create(
        channel=DeliveryChannel.EMAIL, user=user, template=template, context=context or {}, address=address
    )
    enqueue_after_commit("community.tasks.delivery_send", delivery.pk)
    return delivery


def socket_queue(*, notification: Notification) -> Delivery:
    """A message to the person's open sockets."""
    delivery = Delivery.objects.create(
        channel=DeliveryChannel.SOCKET, user_id=notification.user_id, notification=notification
    )
    enqueue_after_commit("community.tasks.delivery_send", delivery.pk)
    return delivery
