from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import config.core.fields


def remember_what_was_sold(apps, schema_editor):
    """One movement a line paid for, and one for all that was refunded of it, dated by the payment's last refund."""
    PaymentShare = apps.get_model("commerce", "PaymentShare")
    ShareMovement = apps.get_model("commerce", "ShareMovement")
    sold = PaymentShare.objects.filter(line__isnull=False, payment__completed_at__isnull=False)
    last_refund = models.Max("payment__refunds__settled_at", filter=models.Q(payment__refunds__status="succeeded"))
    found = []
    for share in sold.select_related("payment").annotate(last_refund=last_refund).iterator(chunk_size=1000):
        paid_at = share.payment.completed_at
        so_far = Decimal(0) if share.held_gross else share.earning
        found.append(ShareMovement(share=share, kind="payment", gross=share.gross, earning=so_far, created_at=paid_at))
        if share.refunded_gross:
            back = Decimal(0) if share.held_gross else share.refunded_gross - share.refunded_fee
            found.append(
                ShareMovement(
                    share=share,
                    kind="refund",
                    gross=-share.refunded_gross,
                    earning=-back,
                    created_at=share.last_refund or paid_at,
                )
            )
    ShareMovement.objects.bulk_create(found, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [
        ("commerce", "0010_promotions_and_removed_campaigns"),
    ]

    operations = [
        migrations.CreateModel(
            name="ShareMovement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("payment", "Payment"), ("refund", "Refund"), ("release", "Release"), ("payout", "Payout"), ("promotion", "Promotion"), ("correction", "Correction")], help_text="payment, refund or release.", max_length=20)),
                ("gross", config.core.fields.MoneyField(decimal_places=3, help_text="Negative: refunded.", max_digits=14)),
                ("earning", config.core.fields.MoneyField(decimal_places=3, help_text="Negative: taken back from the seller.", max_digits=14)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("share", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="movements", to="commerce.paymentshare")),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="movements_by_time")],
            },
        ),
        migrations.AddIndex(
            model_name="listingcountryday",
            index=models.Index(fields=["day"], name="listing_country_days"),
        ),
        migrations.RunPython(remember_what_was_sold, migrations.RunPython.noop, elidable=True),
    ]
