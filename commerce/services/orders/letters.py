"""What staff write to the buyer of an order."""

from django.db import transaction

from accounts.actors import Actor
from accounts.choices import NotificationType
from accounts.services.notifications import notification_send
from commerce import policies
from commerce.models import Order
from commerce.services.states.orders import order_lock
from config.core.audit import audited
from config.core.errors import Denied
from config.core.idempotency import Once, done_once
from config.core.notes import note_write
from marketplace.services.letters import MOST_SUBJECT, MOST_TEXT, letter_words


@done_once(Order)
def order_write(*, actor: Actor, order_id: int, subject: str, text: str, once: Once | None = None) -> Order:
    """Write to the buyer about their order: a notification and an e-mail.

    The words stand in a note about the order, for colleagues; the audit trail has the subject alone. Raises Denied,
    Missing and Invalid (`subject`, `text`).
    """
    if not policies.may_manage_orders(actor):
        raise Denied
    subject = letter_words(" ".join(subject.split()), "subject", MOST_SUBJECT)
    text = letter_words(text, "text", MOST_TEXT)
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
