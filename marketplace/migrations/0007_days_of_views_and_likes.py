from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0006_reviews_and_assistant"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="like",
            index=models.Index(fields=["created_at"], name="likes_by_time"),
        ),
        migrations.AddIndex(
            model_name="view",
            index=models.Index(fields=["day", "listing", "country"], name="views_by_day"),
        ),
    ]
