"""What administrators decide about people. Nobody decides about himself, or about somebody above him."""

from typing import Any

from django.db import transaction

from accounts.actors import Actor, person
from accounts.choices import SELLERS
from accounts.models import User
from accounts.services.sessions import sessions_end
from adminpanel import policies
from adminpanel.errors import AboveActor, OnOneself
from adminpanel.services.audit import audit_record
from community.choices import NotificationType
from community.services.notifications import notification_send
from config.core.errors import Denied, Missing


def user_verify(*, actor: Actor, user_id: int, address: str | None = None) -> User:
    """Staff have checked who this is: works of an artist then go on sale without waiting. The person is told, once."""
    with transaction.atomic():
        user = _lock(actor, user_id)
        if _set(user, "is_verified", True, actor=actor, action="user.verify", address=address):
            sells = " Your new works go on sale as soon as their check has passed." if user.user_type in SELLERS else ""
            notification_send(
                user=user,
                notification_type=NotificationType.ACCOUNT_VERIFIED,
                title="Account Verified",
                message=f"Your account is verified.{sells}",
                email="account_verified",
            )
    return user


def user_activate(*, actor: Actor, user_id: int, address: str | None = None) -> User:
    """The person may sign in again; tokens from before stay ended."""
    with transaction.atomic():
        user = _lock(actor, user_id)
        _set(user, "is_active", True, actor=actor, action="user.activate", address=address)
    return user


def user_deactivate(*, actor: Actor, user_id: int, address: str | None = None) -> User:
    """The person can no longer sign in, and every session and token ends."""
    with transaction.atomic():
        user = _lock(actor, user_id)
        _set(user, "is_active", False, actor=actor, action="user.deactivate", address=address)
        sessions_end(user)
    return user


def _lock(actor: Actor, user_id: int) -> User:
    if not policies.may_decide_about_people(actor):
        raise Denied
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise Missing("User")
    if user == person(actor):
        raise OnOneself
    if policies.is_above(user, actor):
        raise AboveActor
    return user


def _set(user: User, flag: str, value: bool, **audit: Any) -> bool:
    """Set one flag and record it; False when it was so already."""
    before = getattr(user, flag)
    setattr(user, flag, value)
    user.save(update_fields=[flag, "updated_at"])
    audit_record(target=user, before={flag: before}, after={flag: value}, **audit)
    return bool(before != value)
