"""Digits of all scripts, and the Arabic letters that Urdu writes with other characters, have one form in searches."""

from django.db import migrations

from config.core.migrating import fill_keys


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_slow_webhooks")]

    operations = [migrations.RunPython(*fill_keys("accounts", "User", "ArtistProfile", "BuyerProfile"))]
