"""On PostgreSQL, what searching for people needs."""

from django.db import migrations

from config.core.text_search import add_search

NAMES = add_search(
    "accounts_user",
    {"username": "A", "first_name": "A", "last_name": "A"},
    config="simple",
    triples=("username", "first_name", "last_name"),
)
PROFILES = add_search(
    "accounts_artistprofile",
    {"skills": "A", "bio": "B", "portfolio_description": "C"},
    triples=("skills", "bio", "portfolio_description"),
)


class Migration(migrations.Migration):

    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(*NAMES), migrations.RunPython(*PROFILES)]
