"""On PostgreSQL, the full text of listings, and indexes for a search for part of a word."""

from django.db import migrations

from config.core.text_search import add_search, add_triples

STEPS = [
    add_search("marketplace_listing", {"title": "A", "description": "C"}),
    add_triples("marketplace_listing", "title", "description"),
]


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0001_initial")]

    operations = [migrations.RunPython(*step) for step in STEPS]
