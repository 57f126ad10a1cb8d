"""What an e-mail says: a subject, a text and an HTML page from the templates of its name.

`templates/email/<name>.subject.txt`, `<name>.txt` and `<name>.html` see the delivery's context, `user`, `site` (the
front-end's address) and what the delivery's `late` function adds while rendering, because it must not be stored; what
it gives as `headers` are further headers of the message.

Where the template has a topic that people may leave off (MAIL_TOPICS), they see `unsubscribe_url` and `topic` besides,
and the message has the headers of RFC 8058; the link carries `about`, if the `late` function gives that.
"""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from accounts.choices import MAIL_TOPICS
from accounts.models import Delivery
from accounts.selectors.mail_preferences import is_refused
from accounts.services.mail_preferences import unsubscribe_address, unsubscribe_headers
from config.core.errors import Missing


def email_compose(delivery: Delivery) -> EmailMultiAlternatives:
    """The message of a delivery with `user` loaded. Composed again, it has the same Message-ID. Raises Missing where
    the person does not want it any more."""
    user = delivery.user
    topic = MAIL_TOPICS.get(delivery.template)
    if topic is not None and is_refused(user_id=user.pk, topic=topic):  # since it was queued
        raise Missing("Subscription")
    context = {**delivery.context, "user": user, "site": settings.FRONTEND_URL.rstrip("/")}
    if delivery.late:
        context |= import_string(delivery.late)(user, delivery.context)
    headers = dict(context.get("headers", {}))
    if topic is not None:
        address = unsubscribe_address(user_id=user.pk, topic=topic, about=context.get("about", 0))
        context |= {"unsubscribe_url": address, "topic": topic.label}
        headers |= unsubscribe_headers(address)
    name = f"email/{delivery.template}"
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{name}.subject.txt", context).split()),
        body=render_to_string(f"{name}.txt", context),
        to=[delivery.address or user.email],
        headers={
            "Message-ID": f"<{delivery.message_id}@{_domain()}>",
            "Auto-Submitted": "auto-generated",
            **headers,
        },
    )
    # Mail services give it back when they report what became of the message.
    message.metadata = {"delivery": str(delivery.message_id)}  # type: ignore[attr-defined]
    message.attach_alternative(render_to_string(f"{name}.html", context), "text/html")
    return message


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
