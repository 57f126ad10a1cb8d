"""The list of reviews, the best first and among equals the newest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_signed_terms_stay")]

    operations = [
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["-rating", "-created_at", "-id"], name="reviews_best_first"),
        ),
    ]
