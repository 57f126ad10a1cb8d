# An order's line may hold money as well: what is held is kept on the share, and a payment's is the sum of its shares'.

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

import config.core.fields


def holds_to_shares(apps, _schema_editor):
    """So far only jobs' payments held something, and each has one share."""
    shares, payments = apps.get_model("commerce", "PaymentShare"), apps.get_model("commerce", "Payment")
    held = payments.objects.filter(pk=OuterRef("payment")).values("held_amount")
    shares.objects.filter(payment__held_amount__gt=0).update(held_gross=Subquery(held))


class Migration(migrations.Migration):
    dependencies = [("commerce", "0007_shares_of_lines")]

    operations = [
        migrations.AddField(
            model_name="paymentshare",
            name="held_gross",
            field=config.core.fields.MoneyField(
                decimal_places=3,
                default=0,
                editable=False,
                help_text="What of it the seller has not got yet.",
                max_digits=14,
            ),
        ),
        migrations.AlterField(
            model_name="paymentshare",
            name="line",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty for a job and a promotion.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payment_shares",
                to="commerce.orderline",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="share",
            field=models.ForeignKey(
                blank=True,
                help_text="Of this line alone; empty: of all of the payment, in proportion.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="commerce.paymentshare",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="held_amount",
            field=config.core.fields.MoneyField(
                decimal_places=3, default=0, editable=False, help_text="What nobody has got yet.", max_digits=14
            ),
        ),
        migrations.AlterField(
            model_name="ledgeraccount",
            name="kind",
            field=models.CharField(
                choices=[
                    ("gateway", "money at a payment gateway"),
                    ("seller", "owed to a seller"),
                    ("held", "held for a job, or for a file to come, until released"),
                    ("fees", "the platform's fees"),
                    ("buyer_credit", "owed back to a buyer"),
                    ("payout", "on its way to a seller"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunPython(holds_to_shares, migrations.RunPython.noop),
    ]
