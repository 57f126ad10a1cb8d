"""Views: one a visitor, listing and day. Counting them never fails the page, and waits for nobody."""

import logging
from typing import Final

from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from accounts.actors import Actor
from accounts.services.visitors import is_robot, visitor_of, without_waiting
from config.core.keeping import old_remove
from marketplace import policies
from marketplace.models import Listing, View

logger = logging.getLogger(__name__)

PURPOSE: Final = "atelier.views"


def view_count(*, actor: Actor, listing: Listing, address: str, agent: str, country: str = "") -> None:
    """Count a visit, unless it is the owner's, a moderator's or a robot's, or not the visitor's first today.

    `country` is where it came from (ISO 3166-1), empty when that is not known.
    """
    if policies.owns(actor, listing) or policies.may_moderate(actor) or is_robot(agent):
        return
    visitor = visitor_of(actor, address=address, agent=agent, purpose=PURPOSE)
    try:
        # A listing that is being sold now is locked: rather miss a view than keep the visitor waiting.
        with without_waiting():
            with connection.cursor() as cursor:
                cursor.execute(_INSERT, [listing.pk, visitor, timezone.now().date(), country])
                is_first = cursor.rowcount == 1
            if is_first:
                Listing.objects.filter(pk=listing.pk).update(views_count=F("views_count") + 1)
                listing.views_count += 1
    except DatabaseError as error:
        logger.info("a view of %s was not counted: %s", listing.pk, type(error).__name__)


def views_forget() -> int:
    """Remove who visited long ago; listings' counts and their daily figures stay. How many rows."""
    return old_remove(View.objects.all(), "visitors", "day")


_INSERT = (
    f"INSERT INTO {View._meta.db_table} (listing_id, visitor, day, country) VALUES (%s, %s, %s, %s) "  # noqa: S608
    "ON CONFLICT (listing_id, day, visitor) DO NOTHING"
)
