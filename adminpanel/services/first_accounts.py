"""The accounts a platform begins with: its superuser, a manager and a content moderator."""

from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.choices import ADMINS_GROUP, MODERATORS_GROUP, UserType
from accounts.models import User
from accounts.selectors.people import account_named
from accounts.services.levels import groups_prepare
from accounts.services.registration import account_save
from config.core.audit import audit_record
from config.core.errors import Conflict, Invalid


@dataclass(frozen=True)
class Made:
    """`is_new` is False when the account was there before; it was then left as it is."""

    user: User
    is_new: bool


def superuser_create(*, username: str, email: str, password: str, check_password: bool = True) -> Made:
    """Raises Invalid for a name or address that is none, EmailTaken, Invalid for a password too weak, and Conflict when
    the name is somebody else's."""
    found = account_named(username)
    if found is not None:
        if not found.is_superuser:
            raise Conflict(f"There is an account {username} already, and it is no superuser. Choose another name.")
        return Made(found, is_new=False)
    user = User(username=username, email=email, user_type=UserType.ADMIN, is_superuser=True)
    return _made(user, password, check_password=check_password)


def manager_create(*, username: str, email: str, password: str, check_password: bool = True) -> Made:
    """An administrator: everything but superusers and settings."""
    user = User(username=username, email=email, user_type=UserType.ADMIN, first_name="Platform", last_name="Manager")
    return _in_group(user, ADMINS_GROUP, password, check_password)


def moderator_create(*, username: str, email: str, password: str, check_password: bool = True) -> Made:
    """Artworks, comments and categories."""
    user = User(username=username, email=email, user_type=UserType.BUYER, first_name="Content", last_name="Moderator")
    return _in_group(user, MODERATORS_GROUP, password, check_password)


def _in_group(user: User, group: str, password: str, check_password: bool) -> Made:
    found = account_named(user.username)
    if found is not None:
        if not found.groups.filter(name=group).exists():
            raise Conflict(f"There is an account {user.username} already, and it does not belong to {group}.")
        return Made(found, is_new=False)
    return _made(user, password, check_password=check_password, group=group)


def _made(user: User, password: str, *, check_password: bool, group: str = "") -> Made:
    user.username = User.normalize_username(user.username)
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        field, (refusal, *_more) = next(iter(error.message_dict.items()))
        raise Invalid(f"The {field} of {user.username or 'the account'}: {refusal}", field=field) from None
    if check_password:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise Invalid(f"The password of {user.username}: {' '.join(error.messages)}", field="password") from None
    user.is_staff = user.identity_verified = True
    user.email_verified_at = timezone.now()
    user.set_password(password)
    with transaction.atomic():
        account_save(user)
        if group:
            user.groups.add(groups_prepare()[group])
        audit_record(actor=SYSTEM, action="user.add", target=user, after={"group": group or "superuser"})
    return Made(user, is_new=True)
