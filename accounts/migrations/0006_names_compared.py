from typing import Any

from django.db import migrations

import config.core.fields
from config.core.folding import folded

BATCH = 1000


def fill(apps: Any, schema_editor: Any) -> None:
    """Give every account its keys. Two names that have become one stop here, with the ids of their accounts."""
    users = apps.get_model("accounts", "User")._base_manager.using(schema_editor.connection.alias)
    seen: dict[tuple[str, str], int] = {}
    rows = []
    for user in users.only("username", "email").iterator(BATCH):
        user.username_key, user.email_key = folded(user.username), folded(user.email)
        for column in ("username_key", "email_key"):
            other = seen.setdefault((column, getattr(user, column)), user.pk)
            if other != user.pk:
                raise ValueError(
                    f"Accounts {other} and {user.pk} have one {column.removesuffix('_key')}, but for how it is written. "
                    "Change one of them, and migrate again."
                )
        rows.append(user)
    users.bulk_update(rows, ["username_key", "email_key"], batch_size=BATCH)


class Migration(migrations.Migration):

    dependencies = [("accounts", "0005_passwords_and_addresses")]

    operations = [
        migrations.AlterModelManagers(name="user", managers=[]),
        migrations.RemoveConstraint(model_name="user", name="user_email_unique"),
        migrations.RemoveConstraint(model_name="user", name="user_username_unique"),
        migrations.AddField(
            model_name="user",
            name="username_key",
            field=config.core.fields.FoldedField(of="username", max_length=762, editable=False, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="user",
            name="email_key",
            field=config.core.fields.FoldedField(of="email", max_length=762, editable=False, null=True, unique=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="user",
            name="username_key",
            field=config.core.fields.FoldedField(of="username", max_length=762, editable=False, unique=True),
        ),
        migrations.AlterField(
            model_name="user",
            name="email_key",
            field=config.core.fields.FoldedField(of="email", max_length=762, editable=False, unique=True),
        ),
    ]
