"""Who refuses e-mails is kept by accounts, by topic."""

from django.db import migrations

TOPICS = ("comments", "followers", "news", "printers")


def move(apps, _schema_editor):
    """Who left campaigns off, the news; whose address does not take e-mails, all of them."""
    kept = apps.get_model("accounts", "MailRefusal")
    for refusal in apps.get_model("community", "MailRefusal").objects.iterator():
        topics = ("news",) if refusal.reason == "unsubscribed" else TOPICS
        kept.objects.bulk_create(
            kept(user_id=refusal.user_id, topic=topic, reason=refusal.reason, created_at=refusal.created_at)
            for topic in topics
        )


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0003_doors_and_data'),
        ("community", "0003_first_help_articles"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel(name="MailRefusal"),
    ]
