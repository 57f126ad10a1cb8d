"""What an e-mail says: a subject, a text and an HTML page from the templates of its name.

`templates/email/<name>.subject.txt`, `<name>.txt` and `<name>.html` see the delivery's context, `user`, `site` (the
front-end's address) and what EXTRAS adds while rendering, because it must not be stored.
"""

from collections.abc import Callable, Mapping
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.models import User
from community.models import Delivery


def _verification(user: User, _context: Mapping[str, Any]) -> dict[str, Any]:
    from accounts.services.verification import verification_link  # accounts' services announce through this app

    return {"verification_link": verification_link(user)}


def _payment_method_code(user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    from commerce.services.saved_methods import code_to_tell  # commerce announces through this app

    return {"code": code_to_tell(user=user, method_id=context["method_id"])}


EXTRAS: Mapping[str, Callable[[User, Mapping[str, Any]], dict[str, Any]]] = {
    "email_verification": _verification,
    "payment_method_code": _payment_method_code,
}


def email_compose(delivery: Delivery) -> EmailMultiAlternatives:
    """The message of a delivery with `user` loaded. Composed again, it has the same Message-ID."""
    user = delivery.user
    context = {**delivery.context, "user": user, "site": settings.FRONTEND_URL.rstrip("/")}
    if delivery.template in EXTRAS:
        context |= EXTRAS[delivery.template](user, delivery.context)
    name = f"email/{delivery.template}"
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{name}.subject.txt", context).split()),
        body=render_to_string(f"{name}.txt", context),
        to=[user.email],
        headers={"Message-ID": f"<{delivery.message_id}@{_domain()}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"{name}.html", context), "text/html")
    return message


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
