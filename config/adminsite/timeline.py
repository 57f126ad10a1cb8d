"""All that happened to a thing, in one list: its status, what staff did to it, what they noted, and what its own page
adds, such as payments and mails."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from config.core.history import StatusHistory
from config.core.models import AuditEntry, StaffNote

MOST = 500
"""Of each kind, the newest."""
BY_ITSELF = "the platform"


@dataclass(frozen=True)
class Happening:
    """`icon` is a Material Symbol; `address` leads to what it tells of, where the reader may see that."""

    at: datetime
    what: str
    who: str = BY_ITSELF
    note: str = ""
    icon: str = "circle"
    address: str = ""


def in_order(*kinds: Iterable[Happening]) -> list[Happening]:
    """The newest first."""
    return sorted((one for kind in kinds for one in kind), key=lambda one: one.at, reverse=True)


def about(row: models.Model) -> Iterator[Happening]:
    """What every thing has: changes of its status, the audit trail's entries and notes about it. Three queries and one
    for each history."""
    yield from status_changes(row)
    yield from audit_entries(row)
    yield from notes(row)


def status_changes(row: models.Model) -> Iterator[Happening]:
    for relation in row._meta.related_objects:
        history = relation.related_model
        if not (isinstance(history, type) and issubclass(history, StatusHistory)) or relation.field.name == "actor":
            continue  # what a person moved is no change of them
        found = history._default_manager.filter(**{relation.field.name: row.pk}).select_related("actor")
        for change in found.order_by("-pk")[:MOST]:
            yield status_change(change)


def status_change(change: Any, of: str = "") -> Happening:
    """`of` names the thing where it is another one's page."""
    after = str(change.get_after_display() if hasattr(change, "get_after_display") else change.after)
    before = str(change.get_before_display() if hasattr(change, "get_before_display") else change.before)
    words = f"{before} → {after}" if change.before else after
    who = change.actor.username if change.actor else BY_ITSELF
    return Happening(
        change.created_at, f"{of}: {words}" if of else words, who, getattr(change, "reason", ""), "swap_horiz"
    )


def audit_entries(*rows: models.Model) -> Iterator[Happening]:
    found = AuditEntry.objects.filter(_of(rows)).exclude(action="note.write").select_related("actor")
    for entry in found.order_by("-pk")[:MOST]:
        who = entry.actor.username if entry.actor else BY_ITSELF
        yield Happening(entry.created_at, entry.action, who, _difference(entry), "gavel")


def notes(*rows: models.Model) -> Iterator[Happening]:
    for note in StaffNote.objects.filter(_of(rows)).select_related("author").order_by("-pk")[:MOST]:
        yield Happening(note.created_at, "Note", note.author.username, note.text, "sticky_note_2")


def _of(rows: Iterable[models.Model]) -> models.Q:
    """By the names of their models: an artwork is a listing too, and entries may name it so."""
    asked = models.Q(pk__in=[])
    for row in rows:
        names = [model._meta.model_name for model in (type(row), *row._meta.get_parent_list())]
        asked |= models.Q(target_type__in=names, target_id=str(row.pk))
    return asked


def _difference(entry: AuditEntry) -> str:
    """What an entry says was changed, such as "status: pending → approved; reason: Blurred"."""
    said = []
    for name, value in entry.after.items():
        before = entry.before.get(name)
        if name in entry.before and before == value:
            continue
        shown = f"{before} → {value}" if name in entry.before else f"{value}"
        said.append(f"{name.replace('_', ' ')}: {shown}")
    return "; ".join(said)
