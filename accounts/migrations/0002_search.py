"""What people are searched by, on PostgreSQL: the words and triples of its keys. Staff look for a part of an address."""

from django.db import migrations

from config.core.migrating import add_triples, add_words
from config.core.text_search import SIMPLE

STEPS = [
    add_words("accounts_user", {"search_key": "A"}, config=SIMPLE),
    add_triples("accounts_user", "search_key", "email_key"),
    add_words("accounts_artistprofile", {"skills_key": "A", "bio_key": "B", "portfolio_key": "C"}),
    add_triples("accounts_artistprofile", "skills_key", "bio_key", "portfolio_key"),
    add_triples("accounts_buyerprofile", "company_key"),
]


class Migration(migrations.Migration):

    # The other apps' few tables that refer to an account come before the many of ours: each of their migrations has all
    # models rendered that are related to it.
    dependencies = [
        ("accounts", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("knox", "0009_extend_authtoken_field"),
        ("sessions", "0001_initial"),
    ]

    operations = STEPS
