"""The rows at which uploads pass one after the other: one for pictures, one for 3-D files."""

from django.db import migrations


def open_gates(apps, _schema_editor):
    gates = apps.get_model("marketplace", "DuplicateGate").objects
    for number in (1, 2):
        gates.get_or_create(pk=number)


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0002_search")]

    operations = [migrations.RunPython(open_gates, migrations.RunPython.noop)]
