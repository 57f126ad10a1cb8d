"""What listings are searched by, on PostgreSQL: the words and triples of its keys."""

from django.db import migrations

from config.core.migrating import add_triples, add_words

STEPS = [
    add_words("marketplace_listing", {"title_key": "A", "description_key": "C"}),
    add_triples("marketplace_listing", "title_key", "description_key", "tags_key"),
]


class Migration(migrations.Migration):

    dependencies = [("marketplace", "0001_initial")]

    operations = STEPS
