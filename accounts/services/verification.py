"""Is an e-mail address the person's own? A signed link in an e-mail finds out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.choices import MailKind
from accounts.errors import InvalidLink
from accounts.models import User
from accounts.services.deliveries import email_queue
from accounts.services.limits import mail_allow

SALT = "accounts.verify_email"
LINK_LIFE = timedelta(days=7)


def verification_token(user: User, email: str = "") -> str:
    """Good for one address, that of the account or one it is to have, and for seven days."""
    return signing.dumps({"user": user.pk, "email": (email or user.email).lower()}, salt=SALT)


def verification_link(user: User, email: str = "") -> str:
    """Made when the e-mail is rendered, so that it is kept nowhere."""
    page = reverse("verify_email", kwargs={"signed": verification_token(user, email)}, urlconf="config.urls")
    return f"{settings.PUBLIC_URL.rstrip('/')}{page}"


def verification_send(user: User, *, email: str = "") -> None:
    """Ask whether the address, the account's or one it is to have, is the person's.

    Raises Limited when that was asked a moment ago.
    """
    mail_allow(kind=MailKind.EMAIL_VERIFICATION, address=email or user.email)
    context = {"email": email} if email else {}
    late = "accounts.services.verification.link_in_mail"
    email_queue(user=user, template="email_verification", context=context, address=email, late=late)


def link_in_mail(user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    email = context.get("email", "")
    return {"verification_url": verification_link(user, email), "address": email or user.email}


def address_in(signed: str) -> tuple[int, str]:
    """The account's id and the address, in lower case, that a link was made for. Raises InvalidLink."""
    try:
        link = signing.loads(signed, salt=SALT, max_age=LINK_LIFE)
    except signing.BadSignature:
        raise InvalidLink from None
    return link["user"], link["email"]
