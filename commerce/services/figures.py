"""The roll-up: each listing's days, so that figures of a year read a row a day instead of every view and sale."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from commerce.models import ListingCountryDay, ListingDay
from commerce.selectors.listing_days import countries_of, days_of, today
from config.core.errors import Invalid
from marketplace.models import Listing

# Days after which what an outage left out stays out, until somebody asks for it.
MOST_MISSED: Final = 31
_LOCK: Final = 0x11D45  # of this service's advisory locks, one a day


def listing_days_roll_up(day: date) -> int:
    """Write what happened to every listing on a day in place of what was written about it before.

    Safe to repeat, also by two at once: they take turns. The number of queries does not depend on how much happened.
    Returns how many listings something happened to. Raises Invalid (`day`, which lies in the future, or so far back
    that visitors are forgotten).
    """
    if day > today():
        raise Invalid("There are no figures of a day to come.", field="day")
    if day < today() - settings.KEEP["visitors"]:
        raise Invalid("Who visited then is forgotten. The figures of that day stay as they are.", field="day")
    with transaction.atomic():
        _take_turns(day)
        days, countries = days_of(day, day), countries_of(day, day)
        listings = Listing.objects.filter(pk__in={listing for listing, _day in days})
        sellers = {row[0]: row[1:] for row in listings.values_list("pk", "seller", "currency")}
        ListingDay.objects.filter(day=day).delete()
        ListingDay.objects.bulk_create(
            ListingDay(
                listing_id=listing,
                day=day,
                seller_id=sellers[listing][0],
                currency=sellers[listing][1],
                **asdict(figures),
            )
            for (listing, _day), figures in days.items()
            if listing in sellers  # not deleted meanwhile
        )
        ListingCountryDay.objects.filter(day=day).delete()
        ListingCountryDay.objects.bulk_create(
            ListingCountryDay(listing_id=listing, day=day, country=country, **asdict(visits))
            for (listing, _day, country), visits in countries.items()
            if listing in sellers
        )
    return len(days)


def listing_days_keep() -> None:
    """Today's figures as they are now, and those of the days since they were last kept.

    In the first hour of a day yesterday's are written once more, for the last time.
    """
    now = today()
    last = ListingDay.objects.filter(day__gte=now - timedelta(days=MOST_MISSED)).aggregate(last=Max("day"))["last"]
    day = min(last or now, now - timedelta(days=1) if timezone.now().hour == 0 else now)
    while day <= now:
        listing_days_roll_up(day)
        day += timedelta(days=1)


def _take_turns(day: date) -> None:
    """Until the commit nobody else writes this day. SQLite lets one write at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, day.toordinal()])
