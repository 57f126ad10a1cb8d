"""The audit trail: one entry for each thing staff do, in the transaction that does it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from django.db import models, transaction

from config.core.callers import caller_place
from config.core.fields import MoneyField
from config.core.models import AuditEntry
from config.core.money import shown

if TYPE_CHECKING:
    from accounts.actors import Actor

MOST_REASON: Final = 500
"""Letters of a reason that stands in the trail alone. One that is also kept elsewhere has the limit of its column."""


@contextmanager
def audited(actor: "Actor", action: str, target: models.Model, *columns: str, **values: Any) -> Iterator[None]:
    """Do within what was decided about `target`, a locked row, and write the entry, in one transaction.

    The entry has the named columns of `target` as they are before and after, and `values` after. A value that is a
    function is called before and after; None is left out. A decision that is refused leaves no entry.
    """
    changing = {name: value for name, value in values.items() if callable(value)}
    given = {name: value for name, value in values.items() if not callable(value) and value is not None}
    with transaction.atomic():
        before = _state(target, columns, changing)
        yield
        after = _state(target, columns, changing) | given
        audit_record(actor=actor, action=action, target=target, before=before, after=after)


def audit_record(
    *,
    actor: "Actor",
    action: str,
    target: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """`action` is `<what>.<verb>`. `before` and `after` are JSON without private data."""
    return AuditEntry.objects.create(
        actor_id=actor.pk,
        action=action,
        target_type=target._meta.model_name or "",
        target_id=str(target.pk),
        before=before or {},
        after=after or {},
        address=caller_place().address,
    )


def _state(target: models.Model, columns: tuple[str, ...], changing: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    return columns_shown(target, *columns) | {name: value() for name, value in changing.items()}


def columns_shown(target: models.Model, *columns: str) -> dict[str, Any]:
    """The named columns as an entry has them."""
    return {name: _shown(target, name) for name in columns}


def _shown(target: models.Model, name: str) -> Any:
    """Amounts with their currency's decimals, everything else as it is."""
    value, field = getattr(target, name), target._meta.get_field(name)
    if isinstance(field, MoneyField) and value is not None:
        return shown(value, field.currency_of(target))
    return value
