"""On PostgreSQL, the full text of listings. The trigram indexes are there already."""

from django.db import migrations

from config.core.text_search import add_search

LISTINGS = add_search("marketplace_listing", {"title": "A", "description": "C"})


class Migration(migrations.Migration):

    dependencies = [("marketplace", "0002_gate_and_search")]

    operations = [migrations.RunPython(*LISTINGS)]
