"""The gate's one row, and on PostgreSQL the indexes that make a search for part of a word fast."""

from django.db import migrations

INDEXES = {"listing_title_words": "title", "listing_description_words": "description"}


def open_gate(apps, schema_editor):
    apps.get_model("marketplace", "DuplicateGate").objects.get_or_create(pk=1)


def index_words(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for name, column in INDEXES.items():
        # upper(): that is how Django asks for icontains.
        schema_editor.execute(
            f"CREATE INDEX {name} ON marketplace_listing USING gin (upper({column}) gin_trgm_ops)"
        )


def drop_words(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):

    dependencies = [("marketplace", "0001_initial")]

    operations = [
        migrations.RunPython(open_gate, migrations.RunPython.noop),
        migrations.RunPython(index_words, drop_words),
    ]
