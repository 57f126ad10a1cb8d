"""Filament: what is in stock, the spools it is wound on, and where every gram of them went."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from printshop.choices import SpoolChangeKind
from printshop.models.shops import Shop


class GramsField(models.DecimalField):
    """Grams, to the hundredth."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"max_digits": 10, "decimal_places": 2, **options})  # type: ignore[arg-type]


class Filament(models.Model):
    """A material in a colour. Amounts are grams over all its spools that are in use; `current_amount` follows each
    change of a spool in the same transaction."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="filaments")
    material = models.CharField(max_length=40)
    material_folded = models.CharField(max_length=120, editable=False, help_text="By which it is compared.")
    color = models.CharField(max_length=60)
    color_folded = models.CharField(max_length=180, editable=False)
    color_hex = models.CharField(max_length=7, blank=True, help_text="#RRGGBB; empty where the word says none.")
    vendor = models.CharField(max_length=100, blank=True)
    initial_amount = GramsField(validators=[MinValueValidator(0)])
    current_amount = GramsField(validators=[MinValueValidator(0)])
    cost_per_gram = models.DecimalField(
        max_digits=10, decimal_places=5, null=True, blank=True, help_text="In the shop's currency."
    )
    tare_amount = GramsField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="Of an empty spool that says none itself."
    )
    low_stock_threshold = GramsField(default=0, validators=[MinValueValidator(0)])
    is_low = models.BooleanField(default=False, editable=False, help_text="At or below the threshold; told once.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="What was printed of it stays.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(current_amount__gte=0), name="filament_not_negative")]
        indexes = [
            models.Index(fields=["shop", "-id"], name="filaments_of_shop"),
            models.Index(fields=["shop", "material_folded", "color_folded"], name="filaments_by_material"),
            models.Index(fields=["shop", "color_folded"], name="filaments_by_color"),
            models.Index(fields=["shop", "is_low"], name="filaments_low"),
        ]

    def __str__(self) -> str:
        return f"{self.material} {self.color}"


class Spool(models.Model):
    """`used_amount` alone changes; what remains is the rest, never below nothing. `tray_uuid` is the RFID of a spool
    that has one: the same on both of its sides."""

    filament = models.ForeignKey(Filament, on_delete=models.CASCADE, related_name="spools")
    initial_amount = GramsField()
    used_amount = GramsField(default=0)
    tare_amount = GramsField(null=True, blank=True, help_text="Of the empty spool, for weighing.")
    tray_uuid = models.CharField(max_length=64, blank=True)
    label = models.CharField(max_length=60, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(initial_amount__gte=0, used_amount__gte=0), name="spool_not_negative"),
        ]
        indexes = [models.Index(fields=["tray_uuid"], name="spools_by_rfid", condition=~Q(tray_uuid=""))]

    def __str__(self) -> str:
        return self.label or f"Spool {self.pk}"


class SpoolChange(models.Model):
    """Grams that came to a spool or left it. Rows are only added; of one run, filament of its file and spool there
    is one."""

    spool = models.ForeignKey(Spool, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=12, choices=SpoolChangeKind)
    grams = GramsField(help_text="Negative when it was taken.")
    run = models.ForeignKey("PrintRun", on_delete=models.PROTECT, null=True, blank=True, related_name="spool_changes")
    position = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the filament in the print's file.")
    cost = models.DecimalField(
        max_digits=14, decimal_places=5, null=True, blank=True, help_text="Of the grams, at the price of that moment."
    )
    currency = models.CharField(max_length=3, blank=True, help_text="Of the cost; empty without one.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "position", "spool"], condition=Q(run__isnull=False), name="filament_taken_once"
            ),
        ]
        indexes = [models.Index(fields=["spool", "-id"], name="changes_of_spool")]

    def __str__(self) -> str:
        return f"{self.kind} {self.grams} g"


REMAINING = F("initial_amount") - F("used_amount")


def grams_sum(of: str | models.expressions.Combinable) -> models.Sum:
    """Of many rows: more than a column of one holds."""
    return models.Sum(of, output_field=models.DecimalField(max_digits=20, decimal_places=2))
