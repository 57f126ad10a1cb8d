"""What accounts keep of their 3-D models: how many there are, and the mean of all their reviews."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import migrations
from django.db.models import Count, F, Q, Sum


def count_models(apps, _schema_editor):
    listings, users = apps.get_model("marketplace", "Listing").objects, apps.get_model("accounts", "User").objects
    there = Count("pk", filter=~Q(status="archived"))
    rated = {"points": Sum(F("rating") * F("rating_count")), "reviews": Sum("rating_count")}
    for row in listings.filter(kind="model").values("seller").annotate(there=there, **rated).order_by("seller"):
        rating = Decimal(0)
        if row["reviews"]:
            rating = (Decimal(row["points"]) / row["reviews"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        users.filter(pk=row["seller"]).update(models_count=row["there"], models_rating=rating)


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0006_uploads_and_versions"), ("accounts", "0003_creators")]

    operations = [migrations.RunPython(count_models, migrations.RunPython.noop)]
