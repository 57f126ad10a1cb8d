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


# accounts' and commerce's services announce through this app, so theirs are imported late
def _verification(user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    from accounts.services.verification import verification_link

    email = context.get("email", "")
    return {"verification_link": verification_link(user, email), "address": email or user.email}


def _password_link(_user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    from accounts.services.passwords import LINK_LIFE, password_link_page

    minutes = int(LINK_LIFE.total_seconds()) // 60
    return {"reset_url": password_link_page(context["nonce"]), "expires_minutes": minutes}


def _undo(_user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    from accounts.services.email_changes import undo_page

    return {"undo_url": undo_page(context["change"])}


def _payment_method_code(user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    from commerce.services.saved_methods import code_to_tell

    return {"code": code_to_tell(user=user, method_id=context["method_id"])}


EXTRAS: Mapping[str, Callable[[User, Mapping[str, Any]], dict[str, Any]]] = {
    "email_verification": _verification,
    "password_reset": _password_link,
    "email_change_requested": _undo,
    "email_changed": _undo,
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
        to=[delivery.address or user.email],
        headers={"Message-ID": f"<{delivery.message_id}@{_domain()}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"{name}.html", context), "text/html")
    return message


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
