"""What listings are searched by: keys, and on PostgreSQL the words and triples of them."""

from django.db import migrations

from config.core.migrating import add_triples, add_words, fill_keys
from config.core.text_search import SearchKey

KEYS = [
    ("listing", "title_key", "title"),
    ("listing", "description_key", "description"),
]
STEPS = [
    fill_keys("marketplace", "Listing"),
    add_words("marketplace_listing", {"title_key": "A", "description_key": "C"}),
    add_triples("marketplace_listing", "title_key", "description_key"),
]


class Migration(migrations.Migration):

    dependencies = [("marketplace", "0001_initial")]

    operations = [
        *(migrations.AddField(model, name, SearchKey(*columns)) for model, name, *columns in KEYS),
        *(migrations.RunPython(*step) for step in STEPS),
    ]
