"""`python -m tests.demo.month_later PERSON`, in the platform's environment: a month goes by for their subscription, and
the sandbox renews it."""

import os
import sys
from datetime import timedelta

import django
from django.db.models import F

from config.launcher.kept import take_embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
take_embedded(os.environ)  # beside a platform that runs already
django.setup()

from commerce.models import SandboxSubscription, Subscription  # noqa: E402
from commerce.tasks import subscriptions_sweep  # noqa: E402


def main() -> None:
    references = Subscription.objects.filter(user__username=sys.argv[1]).values("gateway_reference")
    SandboxSubscription.objects.filter(reference__in=references).update(anchor=F("anchor") - timedelta(days=32))
    subscriptions_sweep()


if __name__ == "__main__":
    main()
