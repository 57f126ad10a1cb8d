"""On PostgreSQL, what searching for people needs."""

from django.db import migrations

from config.core.text_search import add_search, add_triples

STEPS = [
    add_search("accounts_user", {"username": "A", "first_name": "A", "last_name": "A"}, config="simple"),
    add_triples("accounts_user", "username", "first_name", "last_name"),
    add_search("accounts_artistprofile", {"skills": "A", "bio": "B", "portfolio_description": "C"}),
    add_triples("accounts_artistprofile", "skills", "bio", "portfolio_description"),
    add_triples("accounts_buyerprofile", "company_name"),
]


class Migration(migrations.Migration):

    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(*step) for step in STEPS]
