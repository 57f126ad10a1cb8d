"""On PostgreSQL, the full text of jobs."""

from django.db import migrations

from config.core.text_search import add_search

JOBS = add_search("jobs_job", {"title": "A", "required_skills": "B", "description": "C"})


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_search")]

    operations = [migrations.RunPython(*JOBS)]
