"""What staff take out of the admin site in files is written down."""

from collections.abc import Mapping
from typing import Final

from django.db import models

from accounts.actors import Actor
from accounts.policies import MODERATOR, level
from config.core.audit import audit_record
from config.core.errors import Denied
from config.core.models import AuditEntry

LONGEST: Final = 200
ADDRESS: Final = "(an e-mail address)"


def list_export_note(
    *, actor: Actor, model: type[models.Model], asked: Mapping[str, str], rows: int, form: str
) -> AuditEntry:
    """`<model>.export` in the audit trail: by which parameters of the list, how many rows, as `csv` or `xlsx`.

    Who may see the list is asked by its page. Raises Denied for whoever is no staff at all.
    """
    if level(actor) < MODERATOR:
        raise Denied
    name = model._meta.model_name
    shown = {key[:LONGEST]: ADDRESS if "@" in value else value[:LONGEST] for key, value in list(asked.items())[:50]}
    return audit_record(
        actor=actor,
        action=f"{name}.export",
        target=model(pk=""),  # the list, none of its rows
        after={"filter": shown, "rows": rows, "form": form},
    )
