"""One answer at a time in a chat session."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0008_mesh_suggestions")]

    operations = [
        migrations.AddField(
            model_name="chatsession",
            name="is_about_a_model",
            field=models.BooleanField(default=False, help_text="Stays when the model is gone."),
        ),
        migrations.AddField(
            model_name="chatsession",
            name="claim",
            field=models.UUIDField(blank=True, help_text="Whose answer is being made now.", null=True),
        ),
        migrations.AddField(
            model_name="chatsession",
            name="claimed_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
