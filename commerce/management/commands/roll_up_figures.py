"""`manage.py roll_up_figures FIRST [LAST]`: writes the daily figures of listings again."""

from argparse import ArgumentTypeError
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commerce.selectors.listing_days import today
from commerce.services.figures import listing_days_roll_up

EARLIEST = date(2000, 1, 1)  # a year typed wrongly would be walked through day by day


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day; write YYYY-MM-DD.") from None


class Command(BaseCommand):
    help = "Write the daily figures of all listings again, from the views, downloads, sales and likes there are."
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("first", type=_day, help="The first day, YYYY-MM-DD.")
        parser.add_argument("last", type=_day, nargs="?", help="The last day; today when left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"] or today()
        if not first <= last <= today():
            raise CommandError("The days must be in order, and none of them to come.")
        if first < EARLIEST:
            raise CommandError(f"There are no figures before {EARLIEST}.")
        days = (last - first).days + 1
        for number in range(days):
            day = first + timedelta(days=number)
            listings = listing_days_roll_up(day)
            self.stdout.write(f"{(number + 1) * 100 // days:>3} %  {day}  {listings} listings")
