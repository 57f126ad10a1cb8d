"""Who may do what in the admin panel (the four levels: superuser, administrator, staff, content moderator).

The table of levels and actions is docs/reference/permissions.md.
"""

from django.db.models import Q, QuerySet

from accounts.actors import Actor
from accounts.models import User
from accounts.policies import ADMINISTRATOR, MODERATOR, STAFF, level
from adminpanel.models import SavedFilter


def may_read_all(actor: Actor) -> bool:
    """People, jobs, payments and figures are read by staff; a content moderator alone has no business with them."""
    return level(actor) >= STAFF


def may_write_homepage(actor: Actor) -> bool:
    """What the homepage says, and which models its slider shows."""
    return level(actor) >= STAFF


def may_search_records(actor: Actor) -> bool:
    """Of the kinds whose lists they see."""
    return level(actor) >= MODERATOR


def may_save_filters(actor: Actor) -> bool:
    """Filters of the lists that they see, for themselves."""
    return isinstance(actor, User) and level(actor) >= MODERATOR


def may_share_filters(actor: Actor) -> bool:
    return isinstance(actor, User) and level(actor) >= ADMINISTRATOR


def saved_filters_visible_to(actor: Actor) -> QuerySet[SavedFilter]:
    """Their own and the shared ones; whether they see the lists is asked there."""
    if not may_save_filters(actor):
        return SavedFilter.objects.none()
    return SavedFilter.objects.filter(Q(owner=actor.pk) | Q(is_shared=True))


def may_remove_filter(actor: Actor, row: SavedFilter) -> bool:
    return row.owner_id == actor.pk or (row.is_shared and may_share_filters(actor))
