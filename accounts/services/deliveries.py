"""The outbox: e-mails and socket messages leave after the commit, exactly once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.choices import MAIL_TOPICS, DeliveryChannel
from accounts.models import Delivery, Notification, User
from accounts.selectors.mail_preferences import is_refused
from config.core.announce import enqueue_after_commit


def email_queue(
    *,
    user: User,
    template: str,
    context: dict[str, Any] | None = None,
    address: str = "",
    late: str = "",
    data: dict[str, Any] | None = None,
) -> Delivery | None:
    """An e-mail from the template pair `templates/email/<template>`. `context` is JSON and holds no secrets. None where
    the person wants no e-mails of its topic.

    It goes to `address`, or to what is the account's address when it is sent. `late` is the dotted name of a function
    of the user and `context` that gives what the templates see besides: what must not be stored, such as a link. `data`
    has the ids of what it is about.
    """
    topic = MAIL_TOPICS.get(template)
    if topic is not None and is_refused(user_id=user.pk, topic=topic):
        return None
    delivery = Delivery.objects.create(
        channel=DeliveryChannel.EMAIL,
        user=user,
        template=template,
        context=context or {},
        address=address,
        late=late,
        data=data or {},
    )
    enqueue_after_commit("accounts.tasks.delivery_send", delivery.pk)
    return delivery


def emails_prepare(
    *, template: str, contexts: Mapping[int, dict[str, Any]], late: str = "", not_before: datetime
) -> list[Delivery]:
    """Many e-mails at once, to the people of these ids, each with its context; who refuses them by then gets none. The
    caller sends them after the commit (`sending.deliveries_send`); what it does not, the sweep takes up from
    `not_before` on."""
    return Delivery.objects.bulk_create(
        Delivery(
            channel=DeliveryChannel.EMAIL,
            user_id=user_id,
            template=template,
            context=context,
            late=late,
            next_try_at=not_before,
        )
        for user_id, context in contexts.items()
    )


def socket_queue(*, notification: Notification) -> Delivery:
    """A message to the person's open sockets."""
    delivery = Delivery.objects.create(
        channel=DeliveryChannel.SOCKET, user_id=notification.user_id, notification=notification
    )
    enqueue_after_commit("accounts.tasks.delivery_send", delivery.pk)
    return delivery
