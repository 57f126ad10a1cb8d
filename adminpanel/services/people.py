"""What administrators decide about people. Nobody decides about himself, or about somebody above him."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q

from accounts.actors import Actor, person
from accounts.choices import ADMINS_GROUP, MODERATORS_GROUP, SELLERS, STAFF_GROUP
from accounts.models import User
from accounts.services.sessions import sessions_end
from adminpanel import policies
from adminpanel.choices import PeopleAction
from adminpanel.errors import AboveActor, LastSuperuser, OnOneself
from adminpanel.services import bulk
from adminpanel.services.audit import audit_record
from adminpanel.services.levels import groups_prepare
from community.choices import NotificationType
from community.services.notifications import notification_send
from config.core.errors import Denied, Missing

FLAGS: Final[dict[PeopleAction, tuple[str, bool]]] = {
    PeopleAction.VERIFY: ("is_verified", True),
    PeopleAction.UNVERIFY: ("is_verified", False),
    PeopleAction.ACTIVATE: ("is_active", True),
    PeopleAction.DEACTIVATE: ("is_active", False),
    PeopleAction.MAKE_STAFF: ("is_staff", True),
    PeopleAction.REMOVE_STAFF: ("is_staff", False),
}
LEVEL_GROUPS: Final = (MODERATORS_GROUP, STAFF_GROUP, ADMINS_GROUP)


def user_verify(*, actor: Actor, user_id: int, address: str | None = None) -> User:
    """Staff have checked who this is: works of an artist then go on sale without waiting. The person is told, once."""
    return _decide(actor, PeopleAction.VERIFY, user_id, address)[0]


def user_unverify(*, actor: Actor, user_id: int, address: str | None = None) -> User:
    """New works wait for a moderator again; what is on sale stays there."""
    return _decide(actor, PeopleAction.UNVERIFY, user_id, address)[0]


def user_activate(*, actor: Actor, user_id: int, address: str | None = None) -> User:
    """The person may sign in again; tokens from before stay ended."""
    return _decide(actor, PeopleAction.ACTIVATE, user_id, address)[0]


def user_deactivate(*, actor: Actor, user_id: int, address: str | None = None) -> User:
    """The person can no longer sign in, and every session and token ends."""
    return _decide(actor, PeopleAction.DEACTIVATE, user_id, address)[0]


def user_make_staff(*, actor: Actor, user_id: int, address: str | None = None) -> User:
    """The person works here, as staff. It makes nobody an administrator; who is one stays one."""
    return _decide(actor, PeopleAction.MAKE_STAFF, user_id, address)[0]


def user_remove_staff(*, actor: Actor, user_id: int, address: str | None = None) -> User:
    """The person no longer works here: the admin site closes, and what the groups of the levels gave ends.

    Whose account itself is an administrator's or a superuser's keeps what that gives; only a superuser changes it.
    """
    return _decide(actor, PeopleAction.REMOVE_STAFF, user_id, address)[0]


def users_bulk(
    *, actor: Actor, user_ids: Iterable[int], action: PeopleAction, address: str | None = None
) -> bulk.BulkOutcome:
    """One decision about many people, each in its own transaction and with its own entry in the audit trail."""
    if not policies.may_decide_about_people(actor):
        raise Denied
    return bulk.for_each(user_ids, lambda user_id: _decide(actor, action, user_id, address)[1])


def _decide(actor: Actor, action: PeopleAction, user_id: int, address: str | None) -> tuple[User, bool]:
    """The person, and whether he is different now."""
    flag, value = FLAGS[action]
    with transaction.atomic():
        user = _lock(actor, user_id)
        if user.is_superuser and action in {PeopleAction.DEACTIVATE, PeopleAction.REMOVE_STAFF}:
            _require_another_superuser(user)
        before = _state(user, flag)
        if flag == "is_staff":
            _set_groups(user, staff=value)
        setattr(user, flag, value)
        user.save(update_fields=[flag, "updated_at"])
        after = _state(user, flag)
        if action == PeopleAction.DEACTIVATE:
            sessions_end(user)
        if action == PeopleAction.VERIFY and before != after:
            _tell_verified(user)
        audit_record(actor=actor, action=f"user.{action}", target=user, before=before, after=after, address=address)
    return user, before != after


def _lock(actor: Actor, user_id: int) -> User:
    """The person, locked, whom the actor may decide about.

    A decision about a superuser locks them all, in the order of their ids: of two who shut out each other, one wins.
    """
    if not policies.may_decide_about_people(actor):
        raise Denied
    wanted = Q(pk=user_id)
    if User.objects.filter(wanted, is_superuser=True).exists():
        wanted |= Q(is_superuser=True)
    locked = {user.pk: user for user in User.objects.select_for_update().filter(wanted).order_by("pk")}
    if user_id not in locked:
        raise Missing("User")
    user = locked[user_id]
    if user == person(actor):
        raise OnOneself
    if policies.is_above(user, actor):
        raise AboveActor
    return user


def _require_another_superuser(user: User) -> None:
    """Superusers must be locked."""
    if not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk).exists():
        raise LastSuperuser


def _set_groups(user: User, *, staff: bool) -> None:
    """Bring the groups in line with the flag. An old membership must not come back with it: it makes administrators."""
    if not staff:
        user.groups.remove(*Group.objects.filter(name__in=LEVEL_GROUPS))
    elif policies.rank(user) < policies.ADMINISTRATOR:
        user.groups.remove(*Group.objects.filter(name=ADMINS_GROUP))
        user.groups.add(Group.objects.filter(name=STAFF_GROUP).first() or groups_prepare()[STAFF_GROUP])


def _state(user: User, flag: str) -> dict[str, Any]:
    state: dict[str, Any] = {flag: getattr(user, flag)}
    if flag == "is_staff":
        levels = user.groups.filter(name__in=LEVEL_GROUPS).order_by("name")
        state["groups"] = list(levels.values_list("name", flat=True))
    return state


def _tell_verified(user: User) -> None:
    sells = " Your new works go on sale as soon as their check has passed." if user.user_type in SELLERS else ""
    notification_send(
        user=user,
        notification_type=NotificationType.ACCOUNT_VERIFIED,
        title="Account Verified",
        message=f"Your account is verified.{sells}",
        email="account_verified",
    )
