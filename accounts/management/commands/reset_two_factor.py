"""`manage.py reset_two_factor`: turns 2FA off for a person who has lost their app and their backup codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import SYSTEM
from accounts.selectors.people import account_named
from accounts.services.people import user_two_factor_end
from config.core.errors import DomainError


class Command(BaseCommand):
    help = (
        "Turn two-factor authentication off for a person, once you know that it is they who ask. They are told by "
        "e-mail, and every session and token of theirs ends."
    )
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The person's user name or e-mail address.")
        parser.add_argument("--reason", required=True, help="Stands in the audit trail, such as who asked, and how.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = account_named(options["name"])
        if user is None:
            raise CommandError("There is no such person.")
        try:
            user_two_factor_end(actor=SYSTEM, user_id=user.pk, reason=options["reason"])
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"2FA of {user.username} is off; they are told.")
