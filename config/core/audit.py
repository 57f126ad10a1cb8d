"""The audit trail: one entry for each thing staff do, in the transaction that does it."""

from typing import TYPE_CHECKING, Any

from django.db import models

from config.core.models import AuditEntry

if TYPE_CHECKING:
    from accounts.actors import Actor


def audit_record(
    *,
    actor: "Actor",
    action: str,
    target: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    address: str | None = None,
) -> AuditEntry:
    """`action` is `<what>.<verb>`. `before` and `after` are JSON without private data; `address` is the caller's."""
    return AuditEntry.objects.create(
        actor_id=actor.pk,
        action=action,
        target_type=target._meta.model_name or "",
        target_id=str(target.pk),
        before=before or {},
        after=after or {},
        address=address,
    )
