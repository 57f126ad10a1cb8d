# PostgreSQL does not alter a table whose rows were changed in the same transaction, so the constraints come by themselves.

from decimal import Decimal

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("commerce", "0008_holds_of_shares")]

    operations = [
        migrations.AddConstraint(
            model_name="paymentshare",
            constraint=models.CheckConstraint(
                condition=Q(held_gross__gte=0, held_gross__lte=F("gross") - F("refunded_gross") + Decimal("0.0004")),
                name="share_holds_within_rest",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentshare",
            index=models.Index(condition=Q(held_gross__gt=0), fields=["line"], name="shares_holding"),
        ),
        migrations.RemoveConstraint(model_name="payment", name="payment_holds_within_amount"),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=Q(held_amount__gte=0, held_amount__lte=F("amount")), name="payment_holds_within_amount"
            ),
        ),
    ]
