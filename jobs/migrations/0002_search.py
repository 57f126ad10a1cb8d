"""What the list of jobs and the sweep of deadlines read: on PostgreSQL also indexes for a search for part of a word."""

from django.db import migrations, models

INDEXES = {"job_title_words": "title", "job_description_words": "description"}


def index_words(_apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for name, column in INDEXES.items():
        # upper(): that is how Django asks for icontains.
        schema_editor.execute(f"CREATE INDEX {name} ON jobs_job USING gin (upper({column}) gin_trgm_ops)")


def drop_words(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):

    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(condition=models.Q(("status", "open")), fields=["deadline"], name="jobs_open_until"),
        ),
        migrations.RunPython(index_words, drop_words),
    ]
