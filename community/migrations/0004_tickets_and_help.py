"""The history of tickets, help articles that are searched, and the first of them."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from community.choices import TicketStatus
from community.help_articles import articles_add
from config.core.text_search import add_search, add_triples

WORDS = add_search("community_helparticle", {"title": "A", "body": "B"})
TRIPLES = add_triples("community_helparticle", "title")


def write_articles(apps, _schema_editor):
    articles_add(apps.get_model("community", "HelpArticle"))


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0003_support_and_help"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TicketChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.CharField(blank=True, choices=TicketStatus.choices, max_length=15)),
                ("after", models.CharField(choices=TicketStatus.choices, max_length=15)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "actor",
                    models.ForeignKey(
                        help_text="Empty: the platform itself.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history",
                        to="community.supportticket",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="supportticket",
            index=models.Index(fields=["user", "-updated_at", "-id"], name="tickets_of_user_changed"),
        ),
        migrations.RunPython(*WORDS),
        migrations.RunPython(*TRIPLES),
        migrations.RunPython(write_articles, migrations.RunPython.noop),
    ]
