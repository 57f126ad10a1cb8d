"""`manage.py delete_person`: deletes an account at once and for good, as administrators can in the admin site."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import AccountDeletion
from accounts.selectors.people import account_named
from accounts.services.deletions import deletion_order
from accounts.services.erasure import deletion_continue
from config.core.errors import DomainError


class Command(BaseCommand):
    help = "Delete an account for good: its person's data goes, the books stay. Refused while something is under way."
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The person's user name or e-mail address.")
        parser.add_argument("--reason", required=True, help="Why; it stands in the audit trail.")
        parser.add_argument("--no-input", action="store_false", dest="asks", help="Do not ask whether it is meant.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = account_named(options["name"])
        if user is None:
            raise CommandError("There is no such person.")
        if options["asks"] and _answer(f"Type {user.username} to delete this account for good: ") != user.username:
            raise CommandError("Nothing was deleted.")
        try:
            deletion = deletion_order(actor=SYSTEM, user_id=user.pk, reason=options["reason"])
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        AccountDeletion.objects.filter(pk=deletion.pk).update(due_at=timezone.now())
        deletion_continue(deletion.pk)
        deletion.refresh_from_db()
        if deletion.in_the_way:
            raise CommandError(" ".join(deletion.in_the_way))
        left = "" if deletion.ended_at else " What is left is taken away by workers."
        self.stdout.write(f"The account is closed and has no name any more.{left}")


def _answer(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        raise CommandError("Nothing was deleted: there is nobody to ask. --no-input does not ask.") from None
