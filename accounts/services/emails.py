"""What an e-mail says: a subject, a text and an HTML page from the templates of its name.

`templates/email/<name>.subject.txt`, `<name>.txt` and `<name>.html` see the delivery's context, `user`, `site` (the
front-end's address) and what the delivery's `late` function adds while rendering, because it must not be stored; what
it gives as `headers` are further headers of the message.
"""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from accounts.models import Delivery


def email_compose(delivery: Delivery) -> EmailMultiAlternatives:
    """The message of a delivery with `user` loaded. Composed again, it has the same Message-ID."""
    user = delivery.user
    context = {**delivery.context, "user": user, "site": settings.FRONTEND_URL.rstrip("/")}
    if delivery.late:
        context |= import_string(delivery.late)(user, delivery.context)
    name = f"email/{delivery.template}"
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{name}.subject.txt", context).split()),
        body=render_to_string(f"{name}.txt", context),
        to=[delivery.address or user.email],
        headers={
            "Message-ID": f"<{delivery.message_id}@{_domain()}>",
            "Auto-Submitted": "auto-generated",
            **context.get("headers", {}),
        },
    )
    # Mail services give it back when they report what became of the message.
    message.metadata = {"delivery": str(delivery.message_id)}  # type: ignore[attr-defined]
    message.attach_alternative(render_to_string(f"{name}.html", context), "text/html")
    return message


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
