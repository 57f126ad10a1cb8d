from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commerce", "0003_jobs_and_disputes")]

    operations = [
        migrations.RemoveIndex(model_name="dispute", name="disputes_by_state"),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["state", "-created_at", "-id"], name="disputes_by_state"),
        ),
        migrations.AddIndex(
            model_name="dispute", index=models.Index(fields=["-created_at", "-id"], name="disputes_newest")
        ),
    ]
