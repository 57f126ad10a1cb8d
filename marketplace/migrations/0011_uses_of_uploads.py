"""What refers to an upload is said row by row, so that it may end."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

EARLIER = "earlier"
"""By what was in use before this is not known: it stays."""


def fill(apps: Any, _schema_editor: Any) -> None:
    kept = apps.get_model("marketplace", "UploadedFile").objects.filter(is_kept=True).values_list("pk", flat=True)
    uses = apps.get_model("marketplace", "UploadUse")
    uses.objects.bulk_create((uses(upload_id=pk, by=EARLIER) for pk in kept.iterator()), batch_size=1000)


class Migration(migrations.Migration):

    dependencies = [("marketplace", "0010_tags_searched")]

    operations = [
        migrations.CreateModel(
            name="UploadUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("by", models.CharField(help_text="What refers to it: post:5:image_url.", max_length=60)),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="uses", to="marketplace.uploadedfile"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("by", "upload"), name="upload_used_once_by")],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
