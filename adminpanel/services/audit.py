"""The audit trail: one entry for each thing staff do, in the transaction that does it."""

from typing import Any

from django.db import models

from accounts.actors import Actor, person
from adminpanel.models import AuditEntry


def audit_record(
    *,
    actor: Actor,
    action: str,
    target: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    address: str | None = None,
) -> AuditEntry:
    """`action` is `<what>.<verb>`. `before` and `after` are JSON without private data; `address` is the caller's."""
    return AuditEntry.objects.create(
        actor=person(actor),
        action=action,
        target_type=target._meta.model_name or "",
        target_id=str(target.pk),
        before=before or {},
        after=after or {},
        address=address,
    )
