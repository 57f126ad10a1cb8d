"""3-D models, the files they are made of, and the labels stuck on them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from config.core.storage import private_storage
from marketplace.choices import FileOrigin, LabelCategory, Licence, MeshFormat, MeshState, Verdict
from marketplace.models.listings import Listing, ListingManager


class Model3D(Listing):
    """A 3-D model, which v1 calls a design. It may be on sale before it has a file."""

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="model3d"
    )
    mesh = models.ForeignKey("MeshFile", on_delete=models.PROTECT, null=True, blank=True, related_name="shown_by")
    original = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="designs",
        help_text="The upload that it was made from, which shows the same file.",
    )
    licence = models.CharField(max_length=20, choices=Licence, blank=True)
    file_origin = models.CharField(max_length=20, choices=FileOrigin, blank=True)
    is_own_work = models.BooleanField(null=True, blank=True, help_text="As its maker declared.")
    is_quality_assured = models.BooleanField(null=True, blank=True, help_text="As its maker declared.")
    technical_specs = models.TextField(blank=True)
    instructions = models.TextField(blank=True, help_text="How to print and use it.")
    subcategory = models.CharField(max_length=100, blank=True)
    project_name = models.CharField(max_length=200, blank=True)
    designer = models.CharField(max_length=200, blank=True)
    trending_fixed = models.BooleanField(
        null=True, blank=True, editable=False, help_text="Whether it is trending, as staff say; empty: as figures say."
    )
    is_pinned = models.BooleanField(default=False, help_text="Shown first on its seller's own page.")
    thumbnail = models.FileField(
        max_length=255, blank=True, db_default="", help_text="Its maker's own; else the one drawn of its file."
    )
    pictures = models.JSONField(default=list, db_default=[], blank=True, help_text="Names of stored public pictures.")
    further_formats = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        help_text="Of the files beside the main one: fbx, blend.",
    )

    objects: ClassVar[ListingManager["Model3D"]] = ListingManager()

    class Meta:
        verbose_name = "3-D model"
        indexes = [models.Index(Upper("subcategory"), name="models_by_own_word", condition=~Q(subcategory=""))]


class MeshFile(models.Model):
    """One uploaded 3-D file: its private original, what was measured in it, its public renditions, its check.

    It may be uploaded before there is a model, and be shown by several models of its owner. Lengths are in millimetres.
    The figures are empty until `state` is done.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    origin = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose shape it is a copy of, when refused as one; else the owner.",
    )
    original = models.FileField(storage=private_storage, max_length=255)
    thumbnail = models.FileField(max_length=255, blank=True)
    preview = models.FileField(max_length=255, blank=True, help_text="A reduced GLB for viewers.")
    progress = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="Percent of the analysis that is done."
    )
    views = models.JSONField(
        default=list, db_default=[], blank=True, help_text="Names of stored public pictures, drawn from further sides."
    )
    file_name = models.CharField(max_length=200, help_text="As its owner calls it.")
    format = models.CharField(max_length=10, choices=MeshFormat)
    byte_size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)

    state = models.CharField(max_length=10, choices=MeshState, default=MeshState.WAITING)
    claim = models.UUIDField(null=True, blank=True, help_text="Who is analysing it now.")
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, help_text="What is wrong with the file, or with the last try.")
    analysed_at = models.DateTimeField(null=True, blank=True)

    triangle_count = models.PositiveIntegerField(null=True, blank=True)
    vertex_count = models.PositiveIntegerField(null=True, blank=True)
    part_count = models.PositiveIntegerField(null=True, blank=True)
    bounds = models.JSONField(null=True, blank=True, help_text="[[x, y, z], [x, y, z]]: lowest and highest corner.")
    volume_mm3 = models.FloatField(null=True, blank=True, help_text="Empty when the mesh is not closed.")
    surface_mm2 = models.FloatField(null=True, blank=True)
    wall_mm = models.FloatField(null=True, blank=True, help_text="Thickness that 95 % of the measured walls exceed.")
    is_watertight = models.BooleanField(null=True, blank=True)
    is_convex = models.BooleanField(null=True, blank=True)
    has_materials = models.BooleanField(default=False)
    has_textures = models.BooleanField(default=False)
    has_rigging = models.BooleanField(default=False)
    has_animations = models.BooleanField(default=False)
    texture_pixels = models.PositiveIntegerField(null=True, blank=True, help_text="Longest side of the largest one.")
    notes = models.JSONField(default=list, blank=True, help_text='About printing it: {"code", "level", "text"} each.')
    suggestions = models.JSONField(
        default=list, blank=True, help_text="Labels found in its shape: see marketplace.meshes.results.Suggestion."
    )

    fingerprint = models.BinaryField(default=b"", help_text="See marketplace.meshes.fingerprint.")
    shape_elongation = models.FloatField(null=True, blank=True)
    shape_flatness = models.FloatField(null=True, blank=True)
    shape_compactness = models.FloatField(null=True, blank=True)
    total_compared = models.PositiveIntegerField(default=0)
    similarity_score = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    matched = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    evidence = models.JSONField(default=dict, blank=True)
    evidence_picture = models.FileField(
        storage=private_storage,
        max_length=255,
        blank=True,
        db_default="",
        help_text="The shape, drawn with what agrees with the other one marked. For its owner and moderators.",
    )
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.UNCHECKED)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=MeshState.DONE) | Q(triangle_count__gte=1, vertex_count__gte=3, part_count__gte=1),
                name="mesh_measured",
            )
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="meshes_to_analyse",
                condition=Q(state__in=[MeshState.WAITING, MeshState.RUNNING]),
            ),
            models.Index(fields=["shape_flatness"], name="meshes_by_shape", condition=Q(state=MeshState.DONE)),
            models.Index(fields=["owner", "-created_at", "-id"], name="meshes_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.pk})"

    @property
    def is_analysed(self) -> bool:
        """Whether it could be read, and was compared."""
        return self.state == MeshState.DONE

    @property
    def size_mm(self) -> tuple[float, float, float] | None:
        """Along x, y and z."""
        if not self.bounds:
            return None
        low, high = self.bounds
        return high[0] - low[0], high[1] - low[1], high[2] - low[2]


class ShapeDescription(models.Model):
    """What later shapes are compared with of an analysed file, beside its fingerprint.

    The ids follow the order in which files passed the gate, or were described where they had passed it before. They are
    given out under the gate's lock and never used again: a file whose origin changes is entered anew.
    """

    mesh = models.OneToOneField(MeshFile, on_delete=models.CASCADE, related_name="shape")
    version = models.PositiveSmallIntegerField(editable=False)
    codes = models.BinaryField(help_text="What is searched: see marketplace.meshes.results.Shape. Of some files, none.")
    character = models.JSONField(help_text="How much it has of its own: see marketplace.meshes.results.Character.")
    data = models.BinaryField(help_text="What is laid over another shape; empty where the file could not be described.")

    def __str__(self) -> str:
        return f"Shape of file {self.mesh_id}"


class ModelVersion(models.Model):
    """A file that a model had, or has: the newest is its present one. Older ones are kept where somebody ordered the
    model, whose buyers may have any of them."""

    model = models.ForeignKey(Model3D, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    mesh = models.ForeignKey(MeshFile, on_delete=models.PROTECT, related_name="versions")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="model_version_once")]

    def __str__(self) -> str:
        return f"Version {self.number} of {self.model_id}"


class ModelLabel(models.Model):
    """A few words at a point of a model, in the millimetres of its file."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    model = models.ForeignKey(Model3D, on_delete=models.CASCADE, related_name="labels")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    position_x = models.FloatField()
    position_y = models.FloatField()
    position_z = models.FloatField()
    text = models.CharField(max_length=500)
    category = models.CharField(max_length=20, choices=LabelCategory, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["model", "created_at", "id"], name="labels_of_model")]

    def __str__(self) -> str:
        return self.text
