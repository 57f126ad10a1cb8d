"""Files that were uploaded by themselves, in one piece or in parts, to be used by something later."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from marketplace.choices import PartsState, UploadKind


class UploadedFile(models.Model):
    """A stored file of its owner's. Images and avatars are public and made anew; 3-D files and documents are private,
    as they came.

    It is in use while a model shows it (`listing`), is made of it (`mesh`, which then has the stored file), or
    something of another app refers to it (`uses`). What nobody uses is let go of after a week.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="uploads")
    kind = models.CharField(max_length=10, choices=UploadKind)
    storage = models.CharField(max_length=10, choices={"default": "public", "private": "private"})
    stored = models.CharField(max_length=255)
    file_name = models.CharField(max_length=200, help_text="As its owner calls it.")
    content_type = models.CharField(max_length=100)
    format = models.CharField(max_length=10, help_text="As names of such files end.")
    byte_size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    mesh = models.ForeignKey("MeshFile", on_delete=models.CASCADE, null=True, blank=True, related_name="uploads")
    listing = models.ForeignKey("Listing", on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="uploads_of_owner"),
            models.Index(
                fields=["created_at"],
                name="uploads_unused",
                condition=Q(mesh__isnull=True, listing__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.uuid})"


class UploadUse(models.Model):
    """That a row of another app refers to a file, which stays as long."""

    upload = models.ForeignKey(UploadedFile, on_delete=models.CASCADE, related_name="uses")
    by = models.CharField(max_length=60, help_text="What refers to it: post:5:image_url.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "upload"], name="upload_used_once_by")]

    def __str__(self) -> str:
        return f"{self.by} uses {self.upload_id}"


class PartedUpload(models.Model):
    """A file that comes in parts, each of `part_size` bytes but the last. It ends as an UploadedFile, or expires."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=UploadKind)
    file_name = models.CharField(max_length=200)
    byte_size = models.PositiveBigIntegerField()
    part_size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the whole file, if its owner said it.")
    state = models.CharField(max_length=10, choices=PartsState, default=PartsState.OPEN)
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="While its parts are being put together.")
    upload = models.ForeignKey(UploadedFile, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(byte_size__gte=1, part_size__gte=1), name="parted_upload_sizes")
        ]
        indexes = [models.Index(fields=["owner", "state"], name="parted_uploads_of_owner")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.uuid})"

    @property
    def part_count(self) -> int:
        return -(-self.byte_size // self.part_size)

    def size_of(self, number: int) -> int:
        """Bytes of a part, counted from 1."""
        return self.part_size if number < self.part_count else self.byte_size - self.part_size * (self.part_count - 1)


class UploadPart(models.Model):
    parted = models.ForeignKey(PartedUpload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    byte_size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parted", "number"], name="upload_part_once")]

    def __str__(self) -> str:
        return f"Part {self.number} of {self.parted_id}"
