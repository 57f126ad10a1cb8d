"""On PostgreSQL, the full text of jobs, and indexes for a search for part of a word."""

from django.db import migrations

from config.core.text_search import add_search, add_triples

STEPS = [
    add_search("jobs_job", {"title": "A", "required_skills": "B", "description": "C"}),
    add_triples("jobs_job", "title", "description"),
]


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [migrations.RunPython(*step) for step in STEPS]
