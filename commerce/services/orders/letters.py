"""What staff write to the buyer of an order."""

from typing import Final

from django.db import transaction

from accounts.actors import Actor
from accounts.choices import NotificationType
from accounts.services.notifications import notification_send
from commerce import policies
from commerce.models import Order
from commerce.services.states.orders import order_lock
from config.core.audit import audited
from config.core.errors import Denied, Invalid
from config.core.idempotency import Once, done_once
from config.core.notes import note_write

MOST_SUBJECT: Final = 120
MOST_TEXT: Final = 1800


@done_once(Order)
def order_write(*, actor: Actor, order_id: int, subject: str, text: str, once: Once | None = None) -> Order:
    """Write to the buyer about their order: a notification and an e-mail.

    The words stand in a note about the order, for colleagues; the audit trail has the subject alone. Raises Denied,
    Missing and Invalid (`subject`, `text`).
    """
    if not policies.may_manage_orders(actor):
        raise Denied
    subject = _words(" ".join(subject.split()), "subject", MOST_SUBJECT)
    text = _words(text, "text", MOST_TEXT)
    with transaction.atomic():
        order = order_lock(order_id)
        with audited(actor, "order.write", order, subject=subject):
            note_write(actor=actor, target=order, text=f"Written to the buyer: {subject}\n\n{text}")
            notification_send(
                user=order.buyer,
                notification_type=NotificationType.ORDER_UPDATED,
                title=subject,
                message=text,
                data={"order_id": order.pk, "status": order.status},
                email="order_letter",
                email_context={"order_id": order.pk, "subject": subject, "words": text},
            )
    return order


def _words(sent: str, field: str, most: int) -> str:
    sent = sent.replace("\0", "").strip()
    if not 0 < len(sent) <= most:
        raise Invalid(f"Between 1 and {most} letters.", field=field)
    return sent
