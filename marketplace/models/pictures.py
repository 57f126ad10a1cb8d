"""Uploaded pictures, how they are compared, and what artists object to."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.core.storage import private_storage
from marketplace.choices import AppealState, CheckState, Verdict
from marketplace.models.artworks import Artwork
from marketplace.models.listings import Listing

if TYPE_CHECKING:
    from marketplace.models.models_3d import MeshFile


def picture_bytes(path: str = "") -> tuple[str, ...]:
    """The large columns of pictures, which only detectors read, behind a path of relations."""
    return tuple(f"{path}__{name}" if path else name for name in ("hashes", "features", "codes", "points"))


class Picture(models.Model):
    """One uploaded image of an artwork: its private original, its public rendition, and its duplicate check.

    An artwork shows `artwork.picture`. A replacement is a second row that becomes the shown one once it is accepted.
    """

    artwork = models.ForeignKey(Artwork, on_delete=models.CASCADE, related_name="pictures")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    origin = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose picture it is a copy of, when refused as one; else the owner.",
    )
    original = models.FileField(storage=private_storage, max_length=255)
    watermarked = models.FileField(max_length=255, blank=True)
    content_type = models.CharField(max_length=50)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    byte_size = models.PositiveIntegerField()

    sha256 = models.CharField(max_length=64, db_index=True)
    hashes = models.BinaryField(default=b"", help_text="32 bytes a view; empty until fingerprinted.")
    quality = models.PositiveSmallIntegerField(default=0)
    features = models.BinaryField(default=b"")
    labels = models.JSONField(default=list, blank=True)
    face_count = models.PositiveSmallIntegerField(null=True, blank=True)
    codes = models.BinaryField(default=b"", help_text="Of its local points, what every search looks at.")
    points = models.BinaryField(default=b"", help_text="The rest of its local points.")
    tones = models.PositiveSmallIntegerField(default=0, help_text="Percent of it that three tones cover.")
    fingerprint_version = models.PositiveSmallIntegerField(
        default=0, help_text="0: described before local points were kept, or not described yet."
    )
    describe_attempts = models.PositiveSmallIntegerField(default=0)

    check_state = models.CharField(max_length=10, choices=CheckState, default=CheckState.WAITING)
    check_claim = models.UUIDField(null=True, blank=True, help_text="Who is checking it now.")
    check_claimed_until = models.DateTimeField(null=True, blank=True)
    check_attempts = models.PositiveIntegerField(default=0)
    check_error = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    detector = models.CharField(max_length=20, blank=True)
    total_compared = models.PositiveIntegerField(default=0)
    similarity_score = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    matched = models.ForeignKey(Listing, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    evidence = models.JSONField(default=dict, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.UNCHECKED)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="pictures_to_check", condition=~Q(check_state=CheckState.DONE)),
            models.Index(
                fields=["check_claimed_until"],
                name="pictures_to_describe",
                condition=Q(check_state=CheckState.DONE, fingerprint_version=0),
            ),
            models.Index(fields=["created_at"], name="pictures_unrendered", condition=Q(watermarked="")),
            models.Index(fields=["artwork"], name="pictures_held", condition=Q(verdict=Verdict.HELD)),
            models.Index(fields=["similarity_score"], name="pictures_by_score"),
        ]

    def __str__(self) -> str:
        return f"Picture {self.pk} of artwork {self.artwork_id}"

    @property
    def is_checked(self) -> bool:
        return self.check_state == CheckState.DONE


class ComparedPicture(models.Model):
    """A picture that later ones are compared with.

    The ids follow the order in which pictures passed the gate, which is not that in which they were uploaded: a check
    may be late. They are given out under the gate's lock and never used again.
    """

    picture = models.OneToOneField(Picture, on_delete=models.CASCADE, related_name="compared")

    def __str__(self) -> str:
        return f"Compared picture {self.picture_id}"


class DuplicateGate(models.Model):
    """A row for pictures and one for 3-D files. Locking it lets one at a time in, so that no two equal ones pass."""

    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return "Duplicate gate"


class Appeal(models.Model):
    """An artist's or maker's objection to a picture, or a 3-D file, refused or held as a copy."""

    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, null=True, blank=True, related_name="appeals")
    mesh = models.ForeignKey("MeshFile", on_delete=models.CASCADE, null=True, blank=True, related_name="appeals")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.TextField(max_length=2000)
    state = models.CharField(max_length=10, choices=AppealState, default=AppealState.OPEN)
    answer = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["picture"], condition=Q(state=AppealState.OPEN), name="appeal_one_open"),
            models.UniqueConstraint(fields=["mesh"], condition=Q(state=AppealState.OPEN), name="appeal_one_open_mesh"),
            models.CheckConstraint(
                condition=Q(picture__isnull=False, mesh__isnull=True) | Q(picture__isnull=True, mesh__isnull=False),
                name="appeal_about_one",
            ),
        ]

    def __str__(self) -> str:
        return f"Appeal {self.pk} ({self.state})"

    @property
    def subject(self) -> "Picture | MeshFile":
        """What it is about; both carry the check's score, evidence and verdict."""
        found = self.picture or self.mesh
        assert found is not None  # noqa: S101 (a constraint)
        return found
