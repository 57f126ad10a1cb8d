"""On PostgreSQL, what searching for help articles needs."""

from django.db import migrations

from config.core.text_search import add_search, add_triples

STEPS = [
    add_search("community_helparticle", {"title": "A", "body": "B"}),
    add_triples("community_helparticle", "title"),
]


class Migration(migrations.Migration):
    dependencies = [("community", "0001_initial")]

    operations = [migrations.RunPython(*step) for step in STEPS]
