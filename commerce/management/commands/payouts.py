"""`manage.py payouts`: makes the payouts that are due by their sellers' schedules, and lists what is to be paid."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from commerce.selectors.balances import payouts_open
from commerce.services.payouts.schedule import payouts_make_due
from config.core.money import quantise


class Command(BaseCommand):
    help = "Make the payouts that are due (safe to repeat), then list all that are to be paid, not those that wait."
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", action="store_true", help="Only list; make none.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["list"]:
            self.stdout.write(f"{payouts_make_due()} payouts made.")
        for payout in payouts_open():
            net = quantise(payout.net_amount, payout.currency)
            self.stdout.write(
                f"{payout.pk:>8}  {payout.status:<10}  {net:>14} {payout.currency}  {payout.method:<13} "
                f"{payout.account_hint or 'no account':<10}  {payout.seller.username}"
            )
