"""What people have sold so far, from the movements of their lines."""

from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.models import Sum


def fill(apps: Any, _schema_editor: Any) -> None:
    movements = apps.get_model("commerce", "ShareMovement").objects.filter(
        share__payment__currency=settings.CURRENCIES["nexus"]
    )
    users = apps.get_model("accounts", "User").objects
    totals = movements.order_by().values_list("share__seller").annotate(Sum("gross"), Sum("earning"))
    for seller, gross, earning in totals.iterator():
        users.filter(pk=seller).update(sales_total=gross, revenue_total=earning)


def keep(_apps: Any, _schema_editor: Any) -> None:
    """Nothing to take back."""


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0005_people_of_nexus"),
        ("commerce", "0002_ledger_is_append_only"),
    ]

    operations = [migrations.RunPython(fill, keep, elidable=True)]
