"""What communities are searched by, on PostgreSQL: the words and triples of their keys."""

from django.db import migrations

from config.core.migrating import add_triples, add_words

STEPS = [
    add_words("community_community", {"search_key": "A", "description_key": "B"}),
    add_triples("community_community", "search_key", "description_key"),
]


class Migration(migrations.Migration):

    dependencies = [("community", "0005_communities")]

    operations = [migrations.RunPython(*step) for step in STEPS]
