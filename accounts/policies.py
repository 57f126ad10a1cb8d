"""Who may do what with accounts and profiles."""

from typing import Final

from django.db.models import Q, QuerySet

from accounts.actors import SYSTEM, Actor, System, person
from accounts.choices import StaffLevel
from accounts.models import ArtistProfile, BuyerProfile, Notification, User, WebhookEndpoint


def may_see_contact(actor: Actor, user: User) -> bool:
    """E-mail, telephone, address and totals: the person and staff. Counterparties are the order's or job's matter."""
    if isinstance(actor, System):
        return True
    return isinstance(actor, User) and (actor.pk == user.pk or actor.is_staff_member)


def may_see_inactive(actor: Actor) -> bool:
    """Profiles of deactivated accounts."""
    return isinstance(actor, System) or (isinstance(actor, User) and actor.is_staff_member)


def may_have_artist_profile(actor: User) -> bool:
    return actor.may_sell


def may_change_profile(actor: Actor, profile: ArtistProfile | BuyerProfile) -> bool:
    return actor.pk is not None and actor.pk == profile.user_id


def notifications_visible_to(actor: Actor) -> QuerySet[Notification]:
    reader = person(actor)
    return Notification.objects.filter(user=reader) if reader is not None else Notification.objects.none()


def webhook_endpoints_visible_to(actor: Actor) -> QuerySet[WebhookEndpoint]:
    """Through the API everybody has their own, staff too."""
    owner = person(actor)
    rows = WebhookEndpoint.objects.filter(target__ended_at=None)
    return rows.filter(target__owner=owner) if owner is not None else rows.none()


SUPERUSER: Final = 4
ADMINISTRATOR: Final = 3
STAFF: Final = 2
MODERATOR: Final = 1


def level(actor: Actor) -> int:
    """SUPERUSER, ADMINISTRATOR, STAFF, MODERATOR, or 0: everybody else, and whoever calls by an API key."""
    if actor is SYSTEM:
        return SUPERUSER
    if not isinstance(actor, User) or not actor.is_active or actor.by_key:
        return 0
    if actor.is_superuser:
        return SUPERUSER
    if actor.is_administrator:
        return ADMINISTRATOR
    return STAFF if actor.is_staff_member else MODERATOR if actor.is_moderator else 0


def may_decide_about_people(actor: Actor) -> bool:
    return level(actor) >= ADMINISTRATOR


def may_send_password_links(actor: Actor) -> bool:
    """To the account's own address, as everybody can have one sent who has forgotten their password."""
    return level(actor) >= STAFF


def may_invite(actor: Actor, group: StaffLevel) -> bool:
    """Superusers alone make administrators."""
    return level(actor) >= (SUPERUSER if group == StaffLevel.ADMINISTRATOR else ADMINISTRATOR)


def may_manage_webhooks(actor: Actor) -> bool:
    """The platform's own endpoints; those of people may be paused, enabled and sent to once more."""
    return level(actor) >= ADMINISTRATOR


def rank(user: User) -> int:
    """The level of a person; of a deactivated one that which they would have again."""
    there = User(is_superuser=user.is_superuser, is_staff=user.is_staff, user_type=user.user_type)
    there.pk = user.pk
    return level(there)


def is_above(user: User, actor: Actor) -> bool:
    return rank(user) > level(actor)


def may_see_sign_ins(actor: Actor, user: User) -> bool:
    """What a person is signed in with, and their API keys: themselves, and administrators who are not below them."""
    return actor.pk == user.pk or (may_decide_about_people(actor) and not is_above(user, actor))


def sign_ins_visible_to(actor: Actor, person: str = "user") -> Q:
    """The same of rows that lead to their person by the path `person`, for who is an administrator: above them there
    are superusers alone."""
    return Q() if level(actor) >= SUPERUSER else Q(**{f"{person}__is_superuser": False})
