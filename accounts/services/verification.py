"""Is the e-mail address the person's own? A signed link in an e-mail finds out."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.choices import MailKind
from accounts.errors import InvalidLink
from accounts.models import User
from accounts.services.limits import mail_allow
from community.services.deliveries import email_queue

SALT = "accounts.verify_email"
LINK_LIFE = timedelta(days=7)


def verification_token(user: User) -> str:
    """Good for the present address of the account alone, for seven days."""
    return signing.dumps({"user": user.pk, "email": user.email.lower()}, salt=SALT)


def verification_link(user: User) -> str:
    """Made when the e-mail is rendered, so that it is kept nowhere."""
    page = reverse("verify_email", kwargs={"signed": verification_token(user)}, urlconf="config.urls")
    return f"{settings.PUBLIC_URL.rstrip('/')}{page}"


def verification_send(user: User) -> None:
    """Ask whether the account's address is the person's. Raises Limited when that was asked a moment ago."""
    mail_allow(kind=MailKind.EMAIL_VERIFICATION, address=user.email)
    email_queue(user=user, template="email_verification")


@transaction.atomic
def email_verify(*, signed: str) -> User:
    """Note that the address is the person's. A second time changes nothing. Raises InvalidLink."""
    try:
        link = signing.loads(signed, salt=SALT, max_age=LINK_LIFE)
    except signing.BadSignature:
        raise InvalidLink from None
    user = User.objects.select_for_update().filter(pk=link["user"], is_active=True).first()
    if user is None or user.email.lower() != link["email"]:
        raise InvalidLink
    if user.email_verified_at is None:
        user.email_verified_at = timezone.now()
        user.save(update_fields=["email_verified_at", "updated_at"])
    return user
