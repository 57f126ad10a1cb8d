"""How often each listing was bought and paid for is kept with it from now on: what there is is counted once."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count, F, Q

PAID = ["completed", "partially_refunded"]


def count(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    Listing = apps.get_model("marketplace", "Listing")
    kept = Q(gross=0) | Q(refunded_gross__lt=F("gross"))
    shares = apps.get_model("commerce", "PaymentShare").objects.filter(kept, payment__status__in=PAID, line__isnull=False)
    free = apps.get_model("commerce", "OrderLine").objects.filter(order__total_amount=0)
    bought: dict[int, int] = {}
    for name, rows in (("line__listing", shares), ("listing", free.exclude(order__status="cancelled"))):
        for listing, number in rows.order_by().values_list(name).annotate(n=Count("pk")).iterator():
            bought[listing] = bought.get(listing, 0) + number
    for listing, number in bought.items():
        Listing.objects.filter(pk=listing).update(downloads_count=number)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0004_coupons_and_checkouts")]
    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
