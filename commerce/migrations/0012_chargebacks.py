from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.core.fields
from config.core.money import ZERO, share_out


def guard_again(_apps, editor):
    """SQLite has rebuilt the table for its changed column, and thereby lost its triggers (see 0002)."""
    if editor.connection.vendor == "sqlite":
        table = "commerce_ledgertransaction"
        for verb in ("UPDATE", "DELETE"):
            editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )


def remember_what_refunds_took(apps, _editor):
    """What each refund so far took of each share: refunds of one line of that line, the others of what is not theirs, in
    proportion. What of it was in hold, the ledger knows by seller."""
    Payment = apps.get_model("commerce", "Payment")
    Entry = apps.get_model("commerce", "LedgerEntry")
    Reversal = apps.get_model("commerce", "ShareReversal")
    for payment in Payment.objects.filter(refunded_amount__gt=0).iterator(chunk_size=1000):
        shares = list(payment.shares.order_by("pk"))
        rest = {share.pk: share.refunded_gross for share in shares}
        refunds = list(payment.refunds.filter(status="succeeded").order_by("pk"))
        for refund in sorted(refunds, key=lambda refund: (refund.share_id is None, refund.pk)):
            held = Entry.objects.filter(transaction__refund=refund, account__kind="held").order_by()
            in_hold = dict(held.values_list("account__owner").annotate(total=-models.Sum("amount")))
            weights = [rest[share.pk] if refund.share_id in (None, share.pk) else ZERO for share in shares]
            for share, part in zip(shares, share_out(refund.amount, weights, payment.currency), strict=True):
                if part > 0:
                    from_hold = min(part, in_hold.get(share.seller_id, ZERO))
                    in_hold[share.seller_id] = in_hold.get(share.seller_id, ZERO) - from_hold
                    rest[share.pk] -= part
                    Reversal.objects.create(share=share, refund=refund, gross=part, held=from_hold)


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0011_share_movements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Chargeback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway_reference', models.CharField(help_text="The gateway's own id of the dispute.", max_length=100, unique=True)),
                ('state', models.CharField(choices=[('inquiry', 'inquiry: the bank asks, nothing is withdrawn'), ('open', 'Open'), ('won', 'Won'), ('lost', 'Lost'), ('closed', 'closed without a decision')], editable=False, max_length=10)),
                ('reason', models.CharField(blank=True, help_text="The gateway's word for it, such as fraudulent.", max_length=60)),
                ('amount', config.core.fields.MoneyField(decimal_places=3, help_text='What is disputed.', max_digits=14)),
                ('withdrawn', config.core.fields.MoneyField(decimal_places=3, default=0, editable=False, help_text='What the gateway has taken and not given back.', max_digits=14)),
                ('loss', config.core.fields.MoneyField(decimal_places=3, default=0, editable=False, help_text='What of it was not left of the payment.', max_digits=14)),
                ('fee', config.core.fields.MoneyField(decimal_places=3, default=0, editable=False, help_text='What the gateway has charged for the dispute.', max_digits=14)),
                ('fee_currency', models.CharField(blank=True, max_length=3)),
                ('changes', models.PositiveIntegerField(default=0, editable=False, help_text='How often it was written: who asked the gateway before writes nothing.')),
                ('evidence_due_at', models.DateTimeField(blank=True, null=True)),
                ('opened_at', models.DateTimeField(help_text='At the gateway.')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ChargebackChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('before', models.CharField(blank=True, choices=[('inquiry', 'inquiry: the bank asks, nothing is withdrawn'), ('open', 'Open'), ('won', 'Won'), ('lost', 'Lost'), ('closed', 'closed without a decision')], max_length=10)),
                ('after', models.CharField(choices=[('inquiry', 'inquiry: the bank asks, nothing is withdrawn'), ('open', 'Open'), ('won', 'Won'), ('lost', 'Lost'), ('closed', 'closed without a decision')], max_length=10)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ShareReversal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gross', config.core.fields.MoneyField(decimal_places=3, max_digits=14)),
                ('held', config.core.fields.MoneyField(decimal_places=3, default=0, help_text='What of it was in hold.', max_digits=14)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='paymentshare',
            name='share_holds_within_rest',
        ),
        migrations.RenameField(model_name='gatewayevent', old_name='refund_reference', new_name='object_reference'),
        migrations.AlterField(
            model_name='gatewayevent',
            name='object_reference',
            field=models.CharField(blank=True, help_text='Its id of the refund or dispute, if it is about one.', max_length=100),
        ),
        migrations.AddField(
            model_name='paymentshare',
            name='withdrawn_gross',
            field=config.core.fields.MoneyField(decimal_places=3, default=0, editable=False, help_text='What of it the gateway has withdrawn until a bank has decided.', max_digits=14),
        ),
        migrations.AddField(
            model_name='refund',
            name='made_at_gateway',
            field=models.BooleanField(default=False, help_text="Not asked for here: made in the gateway's own dashboard."),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='kind',
            field=models.CharField(choices=[('gateway', 'money at a payment gateway'), ('seller', 'owed to a seller'), ('held', 'held for a job, or for a file to come, until released'), ('fees', "the platform's fees"), ('buyer_credit', 'owed back to a buyer'), ('payout', 'on its way to a seller'), ('expenses', "the platform's expenses")], max_length=20),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='name',
            field=models.CharField(blank=True, help_text='Which gateway, or what an expense is for.', max_length=20),
        ),
        migrations.AlterField(
            model_name='ledgertransaction',
            name='kind',
            field=models.CharField(choices=[('payment', 'Payment'), ('refund', 'Refund'), ('release', 'Release'), ('payout', 'Payout'), ('promotion', 'Promotion'), ('chargeback', 'Chargeback'), ('correction', 'Correction')], max_length=20),
        ),
        migrations.AlterField(
            model_name='ledgertransaction',
            name='refund',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger_transactions', to='commerce.refund'),
        ),
        migrations.AlterField(
            model_name='paymentshare',
            name='refunded_gross',
            field=config.core.fields.MoneyField(decimal_places=3, default=0, help_text='What went back of it, by refunds and lost chargebacks.', max_digits=14),
        ),
        migrations.AlterField(
            model_name='sharemovement',
            name='kind',
            field=models.CharField(choices=[('payment', 'Payment'), ('refund', 'Refund'), ('release', 'Release'), ('payout', 'Payout'), ('promotion', 'Promotion'), ('chargeback', 'Chargeback'), ('correction', 'Correction')], help_text='payment, refund, release, …', max_length=20),
        ),
        migrations.AddConstraint(
            model_name='paymentshare',
            constraint=models.CheckConstraint(condition=models.Q(('held_gross__gte', 0), ('withdrawn_gross__gte', 0), ('held_gross__lte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('gross'), '-', models.F('refunded_gross')), '-', models.F('withdrawn_gross')), '+', models.Value(Decimal('0.0004'))))), name='share_holds_within_rest'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(condition=models.Q(('gateway_reference', ''), _negated=True), fields=('gateway_reference',), name='refund_reference_unique'),
        ),
        migrations.AddField(
            model_name='chargeback',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chargebacks', to='commerce.payment'),
        ),
        migrations.AddField(
            model_name='ledgertransaction',
            name='chargeback',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger_transactions', to='commerce.chargeback'),
        ),
        migrations.AddField(
            model_name='chargebackchange',
            name='actor',
            field=models.ForeignKey(help_text='Empty: the platform itself.', null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='chargebackchange',
            name='chargeback',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='commerce.chargeback'),
        ),
        migrations.AddField(
            model_name='sharereversal',
            name='chargeback',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reversals', to='commerce.chargeback'),
        ),
        migrations.AddField(
            model_name='sharereversal',
            name='refund',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reversals', to='commerce.refund'),
        ),
        migrations.AddField(
            model_name='sharereversal',
            name='share',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reversals', to='commerce.paymentshare'),
        ),
        migrations.AddIndex(
            model_name='chargeback',
            index=models.Index(fields=['-created_at', '-id'], name='chargebacks_newest'),
        ),
        migrations.AddConstraint(
            model_name='chargeback',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='chargeback_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='chargeback',
            constraint=models.CheckConstraint(condition=models.Q(('loss__gte', 0), ('loss__lte', models.F('withdrawn')), ('withdrawn__gte', 0)), name='chargeback_loss_within'),
        ),
        migrations.AddConstraint(
            model_name='sharereversal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('chargeback__isnull', True), ('refund__isnull', False)), models.Q(('chargeback__isnull', False), ('refund__isnull', True)), _connector='OR'), name='reversal_of_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='sharereversal',
            constraint=models.CheckConstraint(condition=models.Q(('gross__gt', 0), ('held__gte', 0), ('held__lte', models.F('gross'))), name='reversal_held_within'),
        ),
        migrations.AddConstraint(
            model_name='sharereversal',
            constraint=models.UniqueConstraint(fields=('share', 'refund'), name='reversal_once_a_refund'),
        ),
        migrations.AddConstraint(
            model_name='sharereversal',
            constraint=models.UniqueConstraint(fields=('share', 'chargeback'), name='reversal_once_a_chargeback'),
        ),
        migrations.RunPython(guard_again, migrations.RunPython.noop),
        migrations.RunPython(remember_what_refunds_took, migrations.RunPython.noop, elidable=True),
    ]
