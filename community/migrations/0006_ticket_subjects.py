"""Tickets are searched by their subjects."""

from django.db import migrations

import config.core.text_search
from config.core.migrating import add_triples, add_words, fill_keys


class Migration(migrations.Migration):

    dependencies = [
        ('community', '0005_ranges_of_staff'),
    ]

    operations = [
        migrations.AddField(
            model_name='supportticket',
            name='subject_key',
            field=config.core.text_search.SearchKey('subject'),
        ),
        migrations.RunPython(*fill_keys("community", "SupportTicket")),
        add_words("community_supportticket", {"subject_key": "A"}),
        add_triples("community_supportticket", "subject_key"),
    ]
