"""What help articles are searched by: keys, and on PostgreSQL the words and triples of them."""

from django.db import migrations

from config.core.migrating import add_triples, add_words, fill_keys
from config.core.text_search import SearchKey

KEYS = [
    ("helparticle", "title_key", "title"),
    ("helparticle", "body_key", "body"),
]
STEPS = [
    fill_keys("community", "HelpArticle"),
    add_words("community_helparticle", {"title_key": "A", "body_key": "B"}),
    add_triples("community_helparticle", "title_key"),
]


class Migration(migrations.Migration):

    dependencies = [("community", "0001_initial")]

    operations = [
        *(migrations.AddField(model, name, SearchKey(*columns)) for model, name, *columns in KEYS),
        *(migrations.RunPython(*step) for step in STEPS),
    ]
