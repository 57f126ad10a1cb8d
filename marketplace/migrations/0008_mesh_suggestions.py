from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0007_days_of_views_and_likes"),
    ]

    operations = [
        migrations.AddField(
            model_name="meshfile",
            name="suggestions",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Labels found in its shape: see marketplace.meshes.results.Suggestion.",
            ),
        ),
    ]
