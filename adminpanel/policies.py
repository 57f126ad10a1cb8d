"""Who may do what in the admin panel (the four levels: superuser, administrator, staff, content moderator)."""

from accounts.actors import SYSTEM, Actor
from accounts.models import User


def level(actor: Actor) -> int:
    """4 superuser, 3 administrator, 2 staff, 1 content moderator, 0 everybody else."""
    if actor is SYSTEM:
        return 4
    if not isinstance(actor, User) or not actor.is_active:
        return 0
    if actor.is_superuser:
        return 4
    return 3 if actor.is_administrator else 2 if actor.is_staff_member else 1 if actor.is_moderator else 0


def may_read_all(actor: Actor) -> bool:
    """People and payments are read by staff; a content moderator alone has no business with them."""
    return level(actor) >= 2


def may_moderate(actor: Actor) -> bool:
    return level(actor) >= 1


def may_move_money(actor: Actor) -> bool:
    return level(actor) >= 3


def may_decide_about_people(actor: Actor) -> bool:
    return level(actor) >= 3


def is_above(user: User, actor: Actor) -> bool:
    """A deactivated person keeps the rank he would have again."""
    rank = User(is_superuser=user.is_superuser, is_staff=user.is_staff, user_type=user.user_type)
    rank.pk = user.pk
    return level(rank) > level(actor)
