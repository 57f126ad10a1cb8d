"""Staff look for people by a part of their address: on PostgreSQL by the triples of its key."""

from django.db import migrations

from config.core.migrating import add_triples


class Migration(migrations.Migration):

    dependencies = [("accounts", "0005_people_of_nexus")]

    operations = [migrations.RunPython(*add_triples("accounts_user", "email_key"))]
