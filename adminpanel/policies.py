"""Who may do what in the admin panel (the four levels: superuser, administrator, staff, content moderator).

The table of levels and actions is docs/reference/permissions.md.
"""

from typing import Final

from accounts.actors import SYSTEM, Actor
from accounts.models import User

SUPERUSER: Final = 4
ADMINISTRATOR: Final = 3
STAFF: Final = 2
MODERATOR: Final = 1


def level(actor: Actor) -> int:
    """SUPERUSER, ADMINISTRATOR, STAFF, MODERATOR, or 0: everybody else."""
    if actor is SYSTEM:
        return SUPERUSER
    if not isinstance(actor, User) or not actor.is_active:
        return 0
    if actor.is_superuser:
        return SUPERUSER
    if actor.is_administrator:
        return ADMINISTRATOR
    return STAFF if actor.is_staff_member else MODERATOR if actor.is_moderator else 0


def may_read_all(actor: Actor) -> bool:
    """People, jobs, payments and figures are read by staff; a content moderator alone has no business with them."""
    return level(actor) >= STAFF


def may_moderate(actor: Actor) -> bool:
    return level(actor) >= MODERATOR


def may_handle_orders(actor: Actor) -> bool:
    """Complete and cancel orders."""
    return level(actor) >= STAFF


def may_close_jobs(actor: Actor) -> bool:
    return level(actor) >= STAFF


def may_keep_stock(actor: Actor) -> bool:
    """Of what the platform's own shop sells."""
    return level(actor) >= STAFF


def may_move_money(actor: Actor) -> bool:
    return level(actor) >= ADMINISTRATOR


def may_decide_about_people(actor: Actor) -> bool:
    return level(actor) >= ADMINISTRATOR


def rank(user: User) -> int:
    """The level of a person; of a deactivated one that which he would have again."""
    there = User(is_superuser=user.is_superuser, is_staff=user.is_staff, user_type=user.user_type)
    there.pk = user.pk
    return level(there)


def is_above(user: User, actor: Actor) -> bool:
    return rank(user) > level(actor)
