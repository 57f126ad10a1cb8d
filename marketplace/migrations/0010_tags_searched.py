"""Listings are found by their tags: the key, and on PostgreSQL its triples."""

from typing import Any

from django.db import migrations

from config.core.migrating import add_triples
from config.core.text_search import SearchKey, search_key

AT_ONCE = 500


def fill(apps: Any, _schema_editor: Any) -> None:
    listings, done = apps.get_model("marketplace", "Listing"), 0
    tagged = listings.objects.exclude(tags=[]).order_by("pk").only("pk", "tags")
    while batch := list(tagged.filter(pk__gt=done)[:AT_ONCE]):
        for listing in batch:
            listing.tags_key = search_key(" ".join(map(str, listing.tags or ())))
        listings.objects.bulk_update(batch, ["tags_key"])
        done = batch[-1].pk


class Migration(migrations.Migration):

    dependencies = [("marketplace", "0009_most_downloaded")]

    operations = [
        migrations.AddField(model_name="listing", name="tags_key", field=SearchKey("tags")),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(*add_triples("marketplace_listing", "tags_key")),
    ]
