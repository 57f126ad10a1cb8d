"""`manage.py prepare_bucket`: opens the bucket's public folder, and lets the front-ends' scripts read its files."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from adminpanel.services.bucket import bucket_prepare


class Command(BaseCommand):
    help = "Write the bucket's policy and CORS rule (docs/how-to/deploy.md). May be run again without harm."
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--create", action="store_true", help="make the bucket when there is none")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AWS_STORAGE_BUCKET_NAME:
            raise CommandError("AWS_STORAGE_BUCKET_NAME is not set; files lie on this disk.")
        try:
            bucket_prepare(create=options["create"])
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"The bucket was not prepared: {error}") from None
        self.stdout.write(f"{settings.AWS_STORAGE_BUCKET_NAME}: everybody may read public/, and these sites' scripts:")
        self.stdout.write("\n".join(settings.CORS_ALLOWED_ORIGINS))
