"""What jobs and bounties are searched by, on PostgreSQL: the words and triples of their keys."""

from django.db import migrations

from config.core.migrating import add_triples, add_words

STEPS = [
    add_words("jobs_job", {"title_key": "A", "skills_key": "B", "description_key": "C"}),
    add_triples("jobs_job", "title_key", "description_key"),
    add_words("jobs_bounty", {"title_key": "A", "description_key": "C"}),
    add_triples("jobs_bounty", "title_key", "description_key"),
]


class Migration(migrations.Migration):

    dependencies = [("jobs", "0001_initial")]

    operations = STEPS
