"""`manage.py count_totals`: what is kept on people of their payments, counted anew."""

from typing import Any

from django.core.management.base import BaseCommand

from commerce.services.audit.totals import totals_recount


class Command(BaseCommand):
    help = (
        "Count what people have spent, sold and earned anew, in today's currencies, as after PAYMENT_CURRENCY changed."
    )
    requires_system_checks: list[Any] = []  # one of them asks for this command

    def handle(self, *args: Any, **options: Any) -> None:
        told = done = 0
        for done, people in totals_recount():
            if 100 * done // people // 10 > told:
                told = 100 * done // people // 10
                self.stderr.write(f"{10 * told} %")
        self.stdout.write(self.style.SUCCESS(f"Counted for {done} people."))
