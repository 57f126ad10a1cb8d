"""The first help articles."""

from django.db import migrations

from community.help_articles.articles import articles_add


def write_articles(apps, _schema_editor):
    articles_add(apps.get_model("community", "HelpArticle"), filed=str)


class Migration(migrations.Migration):
    dependencies = [("community", "0002_search")]

    operations = [migrations.RunPython(write_articles, migrations.RunPython.noop)]
