"""What help articles are searched by, on PostgreSQL: the words and triples of its keys."""

from django.db import migrations

from config.core.migrating import add_triples, add_words

STEPS = [
    add_words("community_helparticle", {"title_key": "A", "body_key": "B"}),
    add_triples("community_helparticle", "title_key"),
]


class Migration(migrations.Migration):

    dependencies = [("community", "0001_initial")]

    operations = [migrations.RunPython(*step) for step in STEPS]
