from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("marketplace", "0011_uses_of_uploads")]

    operations = [
        migrations.RemoveIndex(model_name="uploadedfile", name="uploads_unused"),
        migrations.RemoveField(model_name="uploadedfile", name="is_kept"),
        migrations.AddIndex(
            model_name="uploadedfile",
            index=models.Index(
                condition=models.Q(("listing__isnull", True), ("mesh__isnull", True)),
                fields=["created_at"],
                name="uploads_unused",
            ),
        ),
    ]
