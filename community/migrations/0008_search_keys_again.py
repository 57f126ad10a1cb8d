"""Digits of all scripts, and the Arabic letters that Urdu writes with other characters, have one form in searches."""

from django.db import migrations

from config.core.migrating import fill_keys


class Migration(migrations.Migration):
    dependencies = [("community", "0007_reports_of_all_that_is_written")]

    operations = [migrations.RunPython(*fill_keys("community", "SupportTicket", "HelpArticle", "BlogPost", "Community", "Course", "Tutorial"))]
