"""Filters of lists that staff keep under a name: for themselves, or by administrators for all who see the list."""

from typing import Final
from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from adminpanel import policies
from adminpanel.models import SavedFilter
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing

MOST_A_LIST: Final = 30
"""Of one person."""
LONGEST_NAME: Final = 60
LONGEST_QUERY: Final = 2000
OF_THE_PAGE: Final = ("p", "all", "e", "_popup", "_to_field", "_changelist_filters", "_facets")
"""Parameters that say where one is, not which rows are shown."""


def query_kept(text: str) -> str:
    """What of a list's parameters says which rows are shown, and in which order."""
    asked = parse_qsl(text.replace("\0", ""), keep_blank_values=True)
    return urlencode([(name, value) for name, value in asked if name not in OF_THE_PAGE])


def saved_filter_save(*, actor: Actor, label: str, name: str, query: str, is_shared: bool = False) -> SavedFilter:
    """Keep the filters of the list of `label`, a model; one's own of the same name get the new ones.

    Whether they see the list is asked by its page. Raises Denied for whoever is no staff, and for sharing by others
    than administrators; Invalid for a name or filters that are empty or too long, and for one more than MOST_A_LIST.
    """
    if (
        actor.pk is None
        or not policies.may_save_filters(actor)
        or (is_shared and not policies.may_share_filters(actor))
    ):
        raise Denied
    name, query = " ".join(name.replace("\0", "").split()), query_kept(query)
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(f"A name has between 1 and {LONGEST_NAME} letters.", field="name")
    if not 0 < len(query) <= LONGEST_QUERY:
        raise Invalid("There are no filters to keep." if not query else "These are too many filters.", field="query")
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).only("pk").get(pk=actor.pk)  # one after the other, for the limit
        own = SavedFilter.objects.filter(owner=actor.pk, list=label)
        row = own.filter(name=name).first()
        if row is None:
            if own.count() >= MOST_A_LIST:
                raise Invalid(f"You keep {MOST_A_LIST} here already. Remove one first.", field="name")
            row = SavedFilter(owner_id=actor.pk, list=label, name=name, query=query)
            row.save()
        if not is_shared and not row.is_shared:
            SavedFilter.objects.filter(pk=row.pk).update(query=query)
            row.query = query
            return row
        with audited(actor, "savedfilter.share", row, "is_shared", list=label, name=name):
            row.query, row.is_shared = query, is_shared
            row.save(update_fields=["query", "is_shared"])
    return row


def saved_filter_remove(*, actor: Actor, filter_id: int) -> None:
    """One's own; by administrators also one that is shared. Raises Missing for what the actor cannot see, Denied."""
    with transaction.atomic():
        row = policies.saved_filters_visible_to(actor).select_for_update(of=("self",)).filter(pk=filter_id).first()
        if row is None:
            raise Missing
        if not policies.may_remove_filter(actor, row):
            raise Denied
        if not row.is_shared:
            row.delete()
            return
        with audited(actor, "savedfilter.remove", row, list=row.list, name=row.name):
            SavedFilter.objects.filter(pk=row.pk).delete()
