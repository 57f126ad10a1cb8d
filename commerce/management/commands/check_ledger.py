"""`manage.py check_ledger`: proves that the books are right."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commerce.services.audit.ledger import balances
from commerce.services.audit.proofs import ledger_prove


class Command(BaseCommand):
    help = "Prove that every ledger transaction adds up to nothing and that payments, refunds and totals agree with it."
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def handle(self, *args: Any, **options: Any) -> None:
        for balance in balances():
            self.stdout.write(
                f"{balance.account:<28} {balance.amount:>16} {balance.currency}  {balance.entries} entries"
            )
        faults = ledger_prove()
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"The ledger is wrong in {len(faults)} places.")
        self.stdout.write(self.style.SUCCESS("The ledger adds up."))
