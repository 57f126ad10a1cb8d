"""`manage.py check_aws`: puts, reads and deletes an object, and asks Rekognition. Exits with 1 on failure."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adminpanel.services.aws_check import aws_check


class Command(BaseCommand):
    help = "Check the AWS settings and connection."
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for finding in aws_check():
            mark = {True: "ok", False: "FAILED", None: "off"}[finding.is_good]
            self.stdout.write(f"{finding.subject}: {mark}: {finding.words}")
            if finding.is_good is False:
                failed.append(finding.subject)
        if failed:
            raise CommandError(f"{' and '.join(failed)} cannot be used.")
