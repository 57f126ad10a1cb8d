"""What people are searched by, on PostgreSQL: the words and triples of its keys."""

from django.db import migrations

from config.core.migrating import add_triples, add_words
from config.core.text_search import SIMPLE

STEPS = [
    add_words("accounts_user", {"search_key": "A"}, config=SIMPLE),
    add_triples("accounts_user", "search_key"),
    add_words("accounts_artistprofile", {"skills_key": "A", "bio_key": "B", "portfolio_key": "C"}),
    add_triples("accounts_artistprofile", "skills_key", "bio_key", "portfolio_key"),
    add_triples("accounts_buyerprofile", "company_key"),
]


class Migration(migrations.Migration):

    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(*step) for step in STEPS]
