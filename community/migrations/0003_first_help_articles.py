"""The first help articles."""

from functools import partial

from django.db import migrations

from community.help_articles.articles import articles_add, category_make


def write_articles(apps, _schema_editor):
    filed = partial(category_make, apps.get_model("community", "HelpCategory"))
    articles_add(apps.get_model("community", "HelpArticle"), filed=filed)


class Migration(migrations.Migration):
    dependencies = [("community", "0002_search")]

    operations = [migrations.RunPython(write_articles, migrations.RunPython.noop)]
