"""How a person gets back at their account, with the help of staff: a link for a new password, another address."""

from django.db import transaction

from accounts import policies
from accounts.actors import Actor
from accounts.choices import MailKind
from accounts.errors import AboveActor, AccountDisabled
from accounts.models import User
from accounts.services.limits import mail_allow
from accounts.services.passwords import password_link_send
from accounts.services.people import user_update
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.folding import folded
from config.core.idempotency import Once, done_once


@done_once(User)
def password_link_order(*, actor: Actor, user_id: int, once: Once | None = None) -> User:
    """Staff have a link for a new password sent to the account's address.

    Raises Denied, Missing, AboveActor; AccountDisabled, since the link would open nothing; Limited when one was sent a
    moment ago.
    """
    if not policies.may_send_password_links(actor):
        raise Denied
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id, erased_at=None).first()
        if user is None:
            raise Missing("User")
        if policies.is_above(user, actor):
            raise AboveActor
        if not user.is_active:
            raise AccountDisabled
        with audited(actor, "user.send_password_link", user):
            mail_allow(kind=MailKind.PASSWORD_RESET, address=user.email)
            password_link_send(user)
    return user


@done_once(User)
def address_correct(*, actor: Actor, user_id: int, email: str, once: Once | None = None) -> User:
    """Administrators correct an account's address. The new one takes its place when it is confirmed; the old one is
    told, and may take it back.

    Raises Denied, Missing, AboveActor, EmailTaken, Limited, and Invalid (`email`), also for the address it has already.
    """
    with transaction.atomic():
        before = User.objects.filter(pk=user_id).first()
        user = user_update(actor=actor, user_id=user_id, changes={"email": email})
        if before is not None and folded(before.email) == folded(email):
            raise Invalid("This is their address already.", field="email")
    return user
