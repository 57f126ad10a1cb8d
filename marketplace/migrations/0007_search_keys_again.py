"""Digits of all scripts, and the Arabic letters that Urdu writes with other characters, have one form in searches."""

from django.db import migrations

from config.core.migrating import fill_keys


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0006_picture_points")]

    operations = [migrations.RunPython(*fill_keys("marketplace", "Listing"))]
