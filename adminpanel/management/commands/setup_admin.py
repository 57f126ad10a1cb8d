"""`manage.py setup_admin`: groups with their permissions, the first accounts, and sample data."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.services.levels import groups_prepare
from adminpanel.samples.accounts import SAMPLE_PASSWORD, SEED_PASSWORDS
from adminpanel.samples.data import sample_data_begin, sample_data_complete
from adminpanel.services import first_accounts
from config.core.errors import DomainError


class Command(BaseCommand):
    help = "Prepare the levels of people; make the first accounts and sample data. May be run again without harm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--create-superuser", action="store_true", help="make the superuser")
        parser.add_argument(
            "--create-sample-data", action="store_true", help="make the manager, the moderator and the samples"
        )
        parser.add_argument("--admin-username", default="admin")
        parser.add_argument("--admin-email", default="admin@artconnect.com")
        for level in SEED_PASSWORDS:
            parser.add_argument(
                f"--{level}-password", help=f"or {level.upper()}_PASSWORD in the environment; needed with DEBUG off"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        # All passwords before the first change, so that one that is missing leaves nothing half done.
        wanted = ["admin"] if options["create_superuser"] else []
        wanted += ["manager", "moderator"] if options["create_sample_data"] else []
        passwords = {level: self._password(level, options[f"{level}_password"]) for level in wanted}
        groups = groups_prepare()
        self.stdout.write(f"Groups: {', '.join(groups)}.")
        try:
            if options["create_superuser"]:
                self._say(
                    "superuser",
                    first_accounts.superuser_create(
                        username=options["admin_username"],
                        email=options["admin_email"],
                        password=passwords["admin"],
                        check_password=not settings.DEBUG,
                    ),
                )
            if options["create_sample_data"]:
                self._samples(passwords)
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        if not wanted:
            self.stdout.write("Add --create-superuser and --create-sample-data to make accounts and samples.")

    def _samples(self, passwords: dict[str, str]) -> None:
        def tell(text: str) -> None:
            self.stdout.write(f"Samples: {text}.")

        begun = sample_data_begin(password=SAMPLE_PASSWORD if settings.DEBUG else None, tell=tell)
        for level, username, make in (
            ("manager", "admin_manager", first_accounts.manager_create),
            ("moderator", "content_moderator", first_accounts.moderator_create),
        ):
            made = make(
                username=username,
                email=f"{username}@artconnect.com",
                password=passwords[level],
                check_password=not settings.DEBUG,
            )
            self._say(level, made)
        sample_data_complete(begun, tell=tell)

    def _password(self, level: str, given: str | None) -> str:
        password = given or os.environ.get(f"{level.upper()}_PASSWORD", "")
        if password:
            return password
        if not settings.DEBUG:
            raise CommandError(
                f"With DEBUG off there is no default password: give --{level}-password "
                f"or set {level.upper()}_PASSWORD in the environment."
            )
        return SEED_PASSWORDS[level]

    def _say(self, level: str, made: first_accounts.Made) -> None:
        outcome = "made" if made.is_new else "is there already and was left as it is"
        self.stdout.write(f"The {level} {made.user.username} {outcome}.")
