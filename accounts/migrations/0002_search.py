"""What people are searched by: keys, and on PostgreSQL the words and triples of them."""

from django.db import migrations

from config.core.migrating import add_triples, add_words, fill_keys
from config.core.text_search import SIMPLE, SearchKey

KEYS = [
    ("user", "search_key", "username", "first_name", "last_name"),
    ("artistprofile", "skills_key", "skills"),
    ("artistprofile", "bio_key", "bio"),
    ("artistprofile", "portfolio_key", "portfolio_description"),
    ("buyerprofile", "company_key", "company_name"),
]
STEPS = [
    fill_keys("accounts", "User", "ArtistProfile", "BuyerProfile"),
    add_words("accounts_user", {"search_key": "A"}, config=SIMPLE),
    add_triples("accounts_user", "search_key"),
    add_words("accounts_artistprofile", {"skills_key": "A", "bio_key": "B", "portfolio_key": "C"}),
    add_triples("accounts_artistprofile", "skills_key", "bio_key", "portfolio_key"),
    add_triples("accounts_buyerprofile", "company_key"),
]


class Migration(migrations.Migration):

    dependencies = [("accounts", "0001_initial")]

    operations = [
        *(migrations.AddField(model, name, SearchKey(*columns)) for model, name, *columns in KEYS),
        *(migrations.RunPython(*step) for step in STEPS),
    ]
