"""Words that the catalogue is described with, and the table of status changes."""

from typing import Final

from django.db import models


class Kind(models.TextChoices):
    ARTWORK = "artwork"
    MODEL = "model"
    EQUIPMENT = "equipment"


class Status(models.TextChoices):
    DRAFT = "draft"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    ARCHIVED = "archived"


# Which status may follow which. `marketplace.services.listings.status_change` is the one that consults it.
STATUS_CHANGES: Final[dict[str, frozenset[str]]] = {
    Status.DRAFT: frozenset({Status.PENDING, Status.APPROVED, Status.ARCHIVED}),
    Status.PENDING: frozenset({Status.APPROVED, Status.REJECTED, Status.ARCHIVED, Status.DRAFT}),
    Status.APPROVED: frozenset({Status.PENDING, Status.REJECTED, Status.ARCHIVED, Status.DRAFT}),
    Status.REJECTED: frozenset({Status.PENDING, Status.APPROVED, Status.ARCHIVED}),
    Status.ARCHIVED: frozenset(),
}


class ArtworkType(models.TextChoices):
    DIGITAL = "digital"
    PHYSICAL = "physical"
    MIXED = "mixed"


class EquipmentType(models.TextChoices):
    FRAME = "frame"
    PAINT = "paint"
    BRUSH = "brush"
    CANVAS = "canvas"
    OTHER = "other"


class CheckState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class Verdict(models.TextChoices):
    UNCHECKED = "unchecked"
    PASSED = "passed"
    HELD = "held"
    REFUSED = "refused"
    CLEARED = "cleared", "cleared by a moderator"


class AppealState(models.TextChoices):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
