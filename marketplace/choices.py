"""Choices of the catalogue, and the table of a listing's status changes."""

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
    Status.ARCHIVED: frozenset({Status.PENDING, Status.DRAFT}),  # where staff archived it: see services.archiving
}


# Why a listing waits that staff took off sale: only staff put it back.
HELD: Final = "Held by staff."


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


class MeshFormat(models.TextChoices):
    STL = "stl", "STL"
    OBJ = "obj", "OBJ"
    GLB = "glb", "GLB"
    GLTF = "gltf", "glTF"
    THREEMF = "3mf", "3MF"
    PLY = "ply", "PLY"


# What may stand beside a main file, never alone.
FURTHER_FORMATS: Final = frozenset({"fbx", "blend", "zip"})


class UploadKind(models.TextChoices):
    """What a file is uploaded for."""

    MODEL = "model"
    IMAGE = "image"
    AVATAR = "avatar"
    DOCUMENT = "document"


class PartsState(models.TextChoices):
    OPEN = "open"
    JOINING = "joining", "its parts are being put together"
    COMPLETE = "complete"


class MeshState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed", "failed: the file cannot be read"


class Licence(models.TextChoices):
    COMMERCIAL = "commercial"
    PERSONAL = "personal"
    ATTRIBUTION = "attribution"
    NON_COMMERCIAL = "non-commercial"


class FileOrigin(models.TextChoices):
    ORIGINAL = "original"
    MODIFIED = "modified"
    COMMISSIONED = "commissioned"


class LabelCategory(models.TextChoices):
    MATERIAL = "Material"
    PART = "Part"
    FUNCTION = "Function"
    TEXTURE = "Texture"
    DIMENSION = "Dimension"
    OTHER = "Other"


# What a design may always be filed under: name and description. Any other name is its maker's own word.
DESIGN_CATEGORIES: Final = {
    "Aerospace": "Parts and models of aircraft, rockets and drones.",
    "Automotive": "Parts and models of vehicles.",
    "Mechanical": "Gears, brackets, joints and other machine parts.",
    "Architecture": "Buildings and their parts.",
    "Industrial": "Tools, jigs and fixtures.",
    "Other": "What fits nowhere else.",
    "Engineering": "Technical parts and studies.",
    "Art": "Sculptures, figures and ornaments.",
}


class BulkAction(models.TextChoices):
    """What can be done with many artworks at once."""

    APPROVE = "approve"
    REJECT = "reject"
    FEATURE = "feature"
    UNFEATURE = "unfeature"
