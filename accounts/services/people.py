"""What administrators decide about people. Nobody decides about themselves, or about somebody above them."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q

from accounts.actors import Actor, person
from accounts.choices import (
    ADMINS_GROUP,
    MODERATORS_GROUP,
    SELLERS,
    STAFF_GROUP,
    NotificationType,
    PeopleAction,
    UserType,
)
from accounts.errors import AboveActor, BansThemselves, LastSuperuser, OnOneself, TwoFactorState
from accounts.models import PasswordLink, User
from accounts.policies import ADMINISTRATOR, SUPERUSER, is_above, level, may_decide_about_people, rank
from accounts.services.creator_levels import level_of
from accounts.services.deliveries import email_queue
from accounts.services.email_changes import email_change_request
from accounts.services.levels import groups_prepare
from accounts.services.notifications import notification_send
from accounts.services.passwords import password_confirm
from accounts.services.registration import account_save, password_check, username_check
from accounts.services.sessions import sessions_end
from accounts.services.twofactor import is_enabled, two_factor_remove
from config.core import bulk
from config.core.announce import announce
from config.core.audit import MOST_REASON, audit_record, audited
from config.core.errors import Denied, Invalid, Missing

FLAGS: Final[dict[PeopleAction, tuple[str, bool]]] = {
    PeopleAction.VERIFY: ("identity_verified", True),
    PeopleAction.UNVERIFY: ("identity_verified", False),
    PeopleAction.ACTIVATE: ("is_active", True),
    PeopleAction.DEACTIVATE: ("is_active", False),
    PeopleAction.MAKE_STAFF: ("is_staff", True),
    PeopleAction.REMOVE_STAFF: ("is_staff", False),
}
LEVEL_GROUPS: Final = (MODERATORS_GROUP, STAFF_GROUP, ADMINS_GROUP)
NAMES: Final = frozenset({"username", "first_name", "last_name", "email"})


def user_verify(*, actor: Actor, user_id: int) -> User:
    """Staff have checked who this is: works of an artist then go on sale without waiting. The person is told, once."""
    return _decide(actor, PeopleAction.VERIFY, user_id)[0]


def user_unverify(*, actor: Actor, user_id: int) -> User:
    """New works wait for a moderator again; what is on sale stays there."""
    return _decide(actor, PeopleAction.UNVERIFY, user_id)[0]


def user_activate(*, actor: Actor, user_id: int) -> User:
    """The person may sign in again, and sells again; tokens from before stay ended."""
    return _decide(actor, PeopleAction.ACTIVATE, user_id)[0]


def user_deactivate(*, actor: Actor, user_id: int, reason: str = "") -> User:
    """The person can no longer sign in, every session and token ends, and nothing of theirs is on sale. `reason` stands
    in the audit trail."""
    return _decide(actor, PeopleAction.DEACTIVATE, user_id, reason)[0]


def user_make_staff(*, actor: Actor, user_id: int) -> User:
    """The person works here, as staff. It makes nobody an administrator; who is one stays one."""
    return _decide(actor, PeopleAction.MAKE_STAFF, user_id)[0]


def user_remove_staff(*, actor: Actor, user_id: int) -> User:
    """The person no longer works here: the admin site closes, and what the groups of the levels gave ends.

    Whose account itself is an administrator's or a superuser's keeps what that gives; only a superuser changes it.
    """
    return _decide(actor, PeopleAction.REMOVE_STAFF, user_id)[0]


def user_ban(*, actor: Actor, user_id: int, reason: str = "") -> User:
    """The person is shut out: they cannot sign in, every session and token ends, their page is gone, and nothing of
    theirs is on sale. What staff decide meanwhile about the account being active holds once the ban is lifted.
    `reason` stands in the audit trail.

    Raises Denied, Missing, BansThemselves, AboveActor and LastSuperuser. Again changes nothing.
    """
    if actor.pk == user_id:
        raise BansThemselves
    with transaction.atomic():
        user = user_lock(actor, user_id)
        if user.is_banned:
            return user
        if user.is_superuser:
            _require_another_superuser(user)
        with audited(actor, "user.ban", user, "is_banned", "is_active", reason=reason or None):
            user.active_when_unbanned, user.is_active, user.is_banned = user.is_active, False, True
            user.save(update_fields=["active_when_unbanned", "is_active", "is_banned", "updated_at"])
        sessions_end(user, forget=False)
        announce("accounts.activity_changed", seller=user)
    return user


def user_unban(*, actor: Actor, user_id: int) -> User:
    """The ban is lifted: the account is as active as it would be without it; tokens from before stay ended."""
    with transaction.atomic():
        user = user_lock(actor, user_id)
        if not user.is_banned:
            return user
        with audited(actor, "user.unban", user, "is_banned", "is_active"):
            user.is_banned, user.is_active = False, user.active_when_unbanned
            user.save(update_fields=["is_active", "is_banned", "updated_at"])
        announce("accounts.activity_changed", seller=user)
    return user


def user_update(*, actor: Actor, user_id: int, changes: dict[str, Any]) -> User:
    """What administrators correct and decide about a person, all of it or nothing; what is left out stays.

    `username`, `first_name`, `last_name` and `email` (which takes its place when it is confirmed); `user_type` and
    `is_admin`, of which superusers alone make and end administrators; `identity_verified`, `is_active`, `is_banned`;
    `creator_level`, which sales change no longer then. Names are one's own to change here too, all else is not.

    Raises Denied, Missing, OnOneself, BansThemselves, AboveActor, LastSuperuser, Invalid, UsernameTaken, EmailTaken or
    Limited.
    """
    if changes.get("is_banned") and actor.pk == user_id:
        raise BansThemselves
    with transaction.atomic():
        user = user_lock(actor, user_id, oneself=changes.keys() <= NAMES)
        _names_change(actor, user, {name: changes[name] for name in NAMES & changes.keys()})
        wanted = _type_wanted(user, changes)
        if wanted != user.user_type:
            _type_change(actor, user, wanted)
        level = changes.get("creator_level", user.creator_level)
        if level != user.creator_level:
            creator_level_set(actor=actor, user_id=user_id, level=level)
        for name, decisions in DECISIONS.items():
            user.refresh_from_db()
            if name in changes and bool(changes[name]) != _is_so(user, name):
                decisions[bool(changes[name])](actor=actor, user_id=user_id)
    user.refresh_from_db()
    return user


def _is_so(user: User, name: str) -> bool:
    """Whether the account is active is staff's own switch, which a ban leaves alone."""
    return bool(getattr(user, "active_when_unbanned" if name == "is_active" and user.is_banned else name))


def creator_level_set(*, actor: Actor, user_id: int, level: str) -> User:
    """Staff have chosen the level of somebody who makes 3-D models; an empty one lets their sales decide again."""
    with transaction.atomic():
        user = user_lock(actor, user_id)
        with audited(actor, "user.set_creator_level", user, "creator_level", "creator_level_is_set"):
            user.creator_level_is_set = bool(level)
            user.creator_level = level or level_of(user.sales_total)
            user.save(update_fields=["creator_level", "creator_level_is_set", "updated_at"])
    return user


def _names_change(actor: Actor, user: User, changes: dict[str, str]) -> None:
    changes = {name: value for name, value in changes.items() if value != getattr(user, name)}
    if not changes:
        return
    with audited(actor, "user.update", user, changed=sorted(changes)):  # names and addresses are private
        if "username" in changes:
            changes["username"] = username_check(changes["username"], besides=user)
        email = changes.pop("email", user.email)
        for name, value in changes.items():
            setattr(user, name, value)
        if email.lower() != user.email.lower():
            email_change_request(user, email)
        else:
            user.email = email
        account_save(user)


def _type_wanted(user: User, changes: dict[str, Any]) -> str:
    """`is_admin` is another name of the type admin; where both are sent, `user_type` counts."""
    is_admin = user.user_type == UserType.ADMIN
    if "user_type" in changes or changes.get("is_admin", is_admin) == is_admin:
        return str(changes.get("user_type", user.user_type))
    if changes["is_admin"]:
        return UserType.ADMIN
    return UserType.CREATOR if user.models_count else UserType.BUYER


def _type_change(actor: Actor, user: User, wanted: str) -> None:
    if UserType.ADMIN in {wanted, user.user_type}:
        groups = user.groups.exclude(name=ADMINS_GROUP) if wanted != UserType.ADMIN else user.groups.all()
        flags = {"is_staff": user.is_staff, "is_superuser": user.is_superuser}
        user_set_level(actor=actor, user_id=user.pk, user_type=wanted, groups=list(groups), **flags)
        return
    with audited(actor, "user.update", user, "user_type"):
        user.user_type = wanted
        user.save(update_fields=["user_type", "updated_at"])


def user_set_level(
    *,
    actor: Actor,
    user_id: int,
    user_type: str,
    is_staff: bool,
    is_superuser: bool,
    groups: Iterable[Group],
) -> User:
    """What a person is here. Superusers alone decide it, of whom one always stays; every session and token ends.

    Raises Denied, Missing, OnOneself and LastSuperuser. What is so already changes nothing.
    """
    if level(actor) < SUPERUSER:
        raise Denied
    with transaction.atomic():
        user = user_lock(actor, user_id, among_superusers=True)
        if user.is_superuser and not is_superuser:
            _require_another_superuser(user)
        before = _level(user)
        user.user_type, user.is_staff, user.is_superuser = user_type, is_staff, is_superuser
        user.save(update_fields=["user_type", "is_staff", "is_superuser", "updated_at"])
        user.groups.set(groups)
        after = _level(user)
        if before != after:
            sessions_end(user)
            changed = [name for name in after if before[name] != after[name]]
            audit_record(
                actor=actor,
                action="user.set_level",
                target=user,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
    return user


def user_set_password(*, actor: User, user_id: int, own_password: str, new_password: str, address: str) -> User:
    """A new password for somebody who cannot get at their e-mails: superusers alone, who say their own password first.

    Every session and token of that person ends, and they are told. Raises Denied, Missing, OnOneself, WrongPassword
    (`own_password`), Invalid (`new_password`), or Limited.
    """
    if level(actor) < SUPERUSER:
        raise Denied
    if user_id == actor.pk:
        raise OnOneself
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise Missing("User")
    password_confirm(user=actor, password=own_password, address=address, field="own_password")
    password_check(new_password, user=user, field="new_password")
    hashed = make_password(new_password)
    with transaction.atomic():
        user = user_lock(actor, user_id)
        user.password = hashed
        user.save(update_fields=["password", "updated_at"])
        audit_record(actor=actor, action="user.set_password", target=user)
    return user


def user_two_factor_end(*, actor: Actor, user_id: int, reason: str) -> User:
    """2FA is off for somebody who has lost their app and their backup codes, after an administrator made sure of who
    asks. Every session and token of theirs ends, and they are told.

    Raises Denied, Missing, OnOneself, AboveActor, Invalid (`reason`, which stands in the audit trail), TwoFactorState.
    """
    reason = reason.strip()
    with transaction.atomic():
        user = user_lock(actor, user_id)
        if not reason or len(reason) > MOST_REASON:
            raise Invalid(f"Say in 1 to {MOST_REASON} characters why.", field="reason")
        if not is_enabled(user):
            raise TwoFactorState("2FA is not enabled")
        two_factor_remove(user)
        sessions_end(user)
        audit_record(actor=actor, action="user.end_two_factor", target=user, after={"reason": reason})
        email_queue(user=user, template="two_factor_reset")
    return user


def users_bulk(*, actor: Actor, user_ids: Iterable[int], action: PeopleAction) -> bulk.BulkOutcome:
    """One decision about many people, each in its own transaction and with its own entry in the audit trail."""
    if not may_decide_about_people(actor):
        raise Denied
    return bulk.for_each(user_ids, lambda user_id: _decide(actor, action, user_id)[1])


def _decide(actor: Actor, action: PeopleAction, user_id: int, reason: str = "") -> tuple[User, bool]:
    """The person, and whether they are different now."""
    flag, value = FLAGS[action]
    with transaction.atomic():
        user = user_lock(actor, user_id)
        if flag == "is_active" and user.is_banned:
            flag = "active_when_unbanned"
        if user.is_superuser and action in {PeopleAction.DEACTIVATE, PeopleAction.REMOVE_STAFF}:
            _require_another_superuser(user)
        before = _state(user, flag)
        groups = partial(_levels_of, user) if flag == "is_staff" else None
        with audited(actor, f"user.{action}", user, flag, groups=groups, reason=reason or None):
            if flag == "is_staff":
                _set_groups(user, staff=value)
            setattr(user, flag, value)
            user.save(update_fields=[flag, "updated_at"])
        has_changed = before != _state(user, flag)
        if action == PeopleAction.DEACTIVATE:
            sessions_end(user)
            PasswordLink.objects.filter(user=user).delete()  # that of an invitation would open the account
        if flag == "is_active":
            announce("accounts.activity_changed", seller=user)
        if action == PeopleAction.VERIFY and has_changed:
            _tell_verified(user)
    return user, has_changed


def user_lock(actor: Actor, user_id: int, *, among_superusers: bool = False, oneself: bool = False) -> User:
    """The person, locked, whom the actor may decide about; with `oneself` they may be the same.

    A decision about a superuser, or `among_superusers`, locks them all, in the order of their ids: of two who shut out
    each other, one wins, and the other is none any more when their turn comes.
    """
    if not may_decide_about_people(actor):
        raise Denied
    decider, wanted = person(actor), Q(pk=user_id)
    among_superusers = among_superusers or User.objects.filter(wanted, is_superuser=True).exists()
    if among_superusers:
        wanted |= Q(is_superuser=True) | Q(pk=decider.pk if decider is not None else None)
    # no_key: an order that holds this seller's listings may still refer to them, and does not wait for us in a circle.
    rows = User.objects.select_for_update(no_key=True).filter(wanted).order_by("pk")
    locked = {user.pk: user for user in rows}
    if user_id not in locked:
        raise Missing("User")
    user = locked[user_id]
    if user.erased_at is not None:
        raise Missing("User")
    if user == decider and not oneself:
        raise OnOneself
    if among_superusers and decider is not None and level(locked[decider.pk]) < SUPERUSER:
        raise AboveActor
    if is_above(user, actor):
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
    elif rank(user) < ADMINISTRATOR:
        user.groups.remove(*Group.objects.filter(name=ADMINS_GROUP))
        user.groups.add(Group.objects.filter(name=STAFF_GROUP).first() or groups_prepare()[STAFF_GROUP])


def _state(user: User, flag: str) -> tuple[bool, list[str]]:
    return getattr(user, flag), _levels_of(user) if flag == "is_staff" else []


def _levels_of(user: User) -> list[str]:
    return list(user.groups.filter(name__in=LEVEL_GROUPS).order_by("name").values_list("name", flat=True))


def _level(user: User) -> dict[str, Any]:
    groups = user.groups.order_by("name").values_list("name", flat=True)
    return {
        "user_type": str(user.user_type),
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": list(groups),
    }


def _tell_verified(user: User) -> None:
    sells = " Your new works go on sale as soon as their check has passed." if user.user_type in SELLERS else ""
    notification_send(
        user=user,
        notification_type=NotificationType.ACCOUNT_VERIFIED,
        title="Account Verified",
        message=f"Your account is verified.{sells}",
        email="account_verified",
    )


# What `user_update` decides by a flag, in this order: False and True.
DECISIONS: Final = {
    "is_banned": (user_unban, user_ban),
    "identity_verified": (user_unverify, user_verify),
    "is_active": (user_deactivate, user_activate),
}
