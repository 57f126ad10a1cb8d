"""Views: one a visitor, listing and day. Counting them never fails the page, and waits for nobody."""

import logging
import re

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.actors import Actor
from marketplace import policies
from marketplace.models import Listing, View

logger = logging.getLogger(__name__)

ROBOTS = re.compile(r"bot\b|bot/|crawl|spider|slurp|facebookexternalhit|preview|lighthouse|headless", re.IGNORECASE)


def view_count(*, actor: Actor, listing: Listing, address: str, agent: str, country: str = "") -> None:
    """Count a visit, unless it is the owner's, a moderator's or a robot's, or not the visitor's first today.

    `country` is where it came from (ISO 3166-1), empty when that is not known.
    """
    if policies.owns(actor, listing) or policies.may_moderate(actor) or ROBOTS.search(agent):
        return
    who = f"user {actor.pk}" if actor.pk is not None else f"{address} {agent}"
    visitor = salted_hmac("atelier.views", who, algorithm="sha256").hexdigest()[:32]
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    # A listing that is being sold now is locked: rather miss a view than keep the visitor waiting.
                    cursor.execute("SET LOCAL lock_timeout = '50ms'")
                cursor.execute(_INSERT, [listing.pk, visitor, timezone.now().date(), country])
                is_first = cursor.rowcount == 1
            if is_first:
                Listing.objects.filter(pk=listing.pk).update(views_count=F("views_count") + 1)
                listing.views_count += 1
    except DatabaseError as error:
        logger.info("a view of %s was not counted: %s", listing.pk, type(error).__name__)


_INSERT = (
    f"INSERT INTO {View._meta.db_table} (listing_id, visitor, day, country) VALUES (%s, %s, %s, %s) "  # noqa: S608
    "ON CONFLICT (listing_id, day, visitor) DO NOTHING"
)
