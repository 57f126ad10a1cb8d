"""What receipts say of an order: the licence of each model as it was bought, and the tax that the total holds."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_licences(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Of lines from before, the licence that the model has now: what it was then is not known."""
    lines, models_3d = apps.get_model("commerce", "OrderLine"), apps.get_model("marketplace", "Model3D")
    for licence in models_3d.objects.exclude(licence="").values_list("licence", flat=True).distinct():
        sold = models_3d.objects.filter(licence=licence).values("pk")
        lines.objects.filter(listing__in=sold, kind="model").update(licence=licence)


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0003_refunds_of_subscriptions'),
        ('marketplace', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='tax_name',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name='order',
            name='tax_percent',
            field=models.DecimalField(db_default=0, decimal_places=2, default=0, editable=False, help_text='Of the price without it, which the total holds. 0: no tax was charged.', max_digits=4),
        ),
        migrations.AddField(
            model_name='orderline',
            name='licence',
            field=models.CharField(blank=True, choices=[('commercial', 'Commercial'), ('personal', 'Personal'), ('attribution', 'Attribution'), ('non-commercial', 'Non Commercial')], db_default='', default='', help_text='Of a 3-D model.', max_length=20),
        ),
        migrations.RunPython(take_licences, migrations.RunPython.noop),
    ]
