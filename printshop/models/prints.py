"""Files to print, what is made of them for an order, the queue, and every try to print."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.core.history import StatusHistory
from config.core.storage import private_storage
from printshop.choices import PrintStatus, RunOutcome, RunState
from printshop.models.filaments import GramsField, Spool
from printshop.models.orders import ShopOrderItem
from printshop.models.printers import Printer
from printshop.models.shops import Shop


class PrintFile(models.Model):
    """A sliced file (.gcode.3mf). `plates` is what the slicer wrote into it: per plate minutes, grams, and each
    filament with material, colour and grams; empty where the file says nothing."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="print_files")
    name = models.CharField(max_length=200)
    file = models.FileField(storage=private_storage, max_length=255)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    digest = models.CharField(max_length=64, help_text="SHA-256.")
    md5 = models.CharField(max_length=32, help_text="As printers compare it.")
    printer_model = models.CharField(max_length=40, blank=True)
    nozzle_diameter = models.CharField(max_length=10, blank=True)
    plates = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "name"], condition=Q(removed_at=None), name="print_file_once")
        ]

    def __str__(self) -> str:
        return self.name


class PrintPart(models.Model):
    """What one piece of something sold is printed from: found by SKU, by Etsy's listing or by the platform's.

    Several parts of one SKU are printed all. `pieces` come out of one print of the plate, `per_item` are needed.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="print_parts")
    sku = models.CharField(max_length=100, blank=True)
    etsy_listing_id = models.CharField(max_length=20, blank=True)
    listing = models.ForeignKey(
        "marketplace.Listing", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=200)
    file = models.ForeignKey(PrintFile, on_delete=models.PROTECT, related_name="parts")
    plate = models.PositiveSmallIntegerField(default=1)
    material_type = models.CharField(max_length=40, blank=True, help_text="In place of the file's.")
    color = models.CharField(max_length=7, blank=True, help_text="#RRGGBB, in place of the file's.")
    grams = GramsField(null=True, blank=True, help_text="In place of the file's.")
    minutes = models.PositiveIntegerField(null=True, blank=True, help_text="In place of the file's.")
    pieces = models.PositiveSmallIntegerField(default=1)
    per_item = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    prints_due_at = models.DateTimeField(
        null=True, editable=False, help_text="When the sweep makes the prints of orders that waited for it."
    )
    prints_due_after = models.BigIntegerField(
        default=0, editable=False, help_text="The last of those orders that was gone through."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(sku="") | ~Q(etsy_listing_id="") | Q(listing__isnull=False), name="part_is_of_something"
            ),
            models.CheckConstraint(condition=Q(pieces__gte=1, per_item__gte=1), name="part_counts"),
        ]
        indexes = [
            models.Index(fields=["shop", "sku"], name="parts_by_sku"),
            models.Index(fields=["shop", "etsy_listing_id"], name="parts_by_etsy_listing"),
            models.Index(
                fields=["prints_due_at"], name="parts_with_prints_due", condition=Q(prints_due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScheduledPrint(models.Model):
    """A print in the queue: of one printer, or of whichever fits. `priority` 1 is the most urgent.

    `waiting_code` and `waiting_reason` say why it is not running, as the last pass over the queue found it.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="prints")
    printer = models.ForeignKey(
        Printer,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="prints",
        help_text="Empty: any fitting.",
    )
    item = models.ForeignKey(ShopOrderItem, on_delete=models.SET_NULL, null=True, blank=True, related_name="prints")
    part = models.ForeignKey(PrintPart, on_delete=models.SET_NULL, null=True, blank=True, related_name="prints")
    copy_number = models.PositiveIntegerField(default=1, help_text="Of the part in the item.")
    job_name = models.CharField(max_length=200)
    file = models.ForeignKey(PrintFile, on_delete=models.PROTECT, null=True, blank=True, related_name="prints")
    file_name = models.CharField(max_length=200)
    plate = models.PositiveSmallIntegerField(default=1)
    material_type = models.CharField(max_length=40, blank=True)
    color = models.CharField(max_length=7, blank=True, help_text="#RRGGBB.")
    must_match_color = models.BooleanField(default=False, help_text="Exactly this colour, or it waits.")
    material_slot = models.PositiveSmallIntegerField(null=True, blank=True, help_text="As asked for by its owner.")
    estimated_minutes = models.PositiveIntegerField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=5)
    status = models.CharField(max_length=10, choices=PrintStatus, default=PrintStatus.QUEUED, editable=False)
    scheduled_start = models.DateTimeField(
        null=True, blank=True, help_text="As the queue expects it; later, as it was."
    )
    not_before = models.DateTimeField(null=True, blank=True)
    ship_by = models.DateTimeField(null=True, blank=True)
    times_passed_over = models.PositiveSmallIntegerField(default=0, editable=False)
    next_try_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="After a start that failed.")
    failed_tries = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Starts that failed in a row.")
    waiting_code = models.CharField(max_length=30, blank=True, editable=False)
    waiting_reason = models.CharField(max_length=300, blank=True, editable=False)
    failure_reason = models.CharField(max_length=300, blank=True, editable=False)
    print_anyway = models.BooleanField(default=False, help_text="Although the spool may not hold enough.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="When what the queue goes by was last changed."
    )
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "part", "copy_number"],
                condition=Q(item__isnull=False, part__isnull=False),
                name="print_of_an_item_once",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "priority", "id"], name="prints_of_shop"),
            models.Index(fields=["shop", "status", "priority", "id"], name="prints_by_status"),
            models.Index(fields=["printer", "status", "priority", "id"], name="prints_of_printer"),
            models.Index(
                fields=["shop", "priority", "id"],
                name="prints_waiting",
                condition=Q(status__in=[PrintStatus.QUEUED, PrintStatus.SCHEDULED]),
            ),
            models.Index(
                fields=["shop", "changed_at"],
                name="prints_waiting_changed",
                condition=Q(status__in=[PrintStatus.QUEUED, PrintStatus.SCHEDULED]),
            ),
        ]

    def __str__(self) -> str:
        return self.job_name


class PrintChange(StatusHistory):
    """The history of a print's status. Rows are only added."""

    scheduled_print = models.ForeignKey(ScheduledPrint, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=10, choices=PrintStatus, blank=True)
    after = models.CharField(max_length=10, choices=PrintStatus)
    reason = models.CharField(max_length=300, blank=True)


class PrintFilament(models.Model):
    """What a print needs: one filament of its file. While the print waits or runs, the grams are reserved."""

    scheduled_print = models.ForeignKey(ScheduledPrint, on_delete=models.CASCADE, related_name="needs")
    position = models.PositiveSmallIntegerField(help_text="1 is the file's first filament.")
    preset = models.CharField(max_length=40, blank=True)
    material_type = models.CharField(max_length=40, blank=True)
    color = models.CharField(max_length=7, blank=True)
    grams = GramsField(null=True, blank=True)
    filament = models.ForeignKey(
        "Filament", on_delete=models.SET_NULL, null=True, blank=True, related_name="needs", help_text="Reserved of."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheduled_print", "position"], name="need_once")]

    def __str__(self) -> str:
        return f"{self.material_type} {self.grams} g"


class PrintRun(models.Model):
    """One try to print, on one printer. A printer has one at a time that has not ended: the database sees to it. So
    has a print, beside those that are extra.

    `submission` is the job's number as the printer gets it: below 2^31, since a P1S cuts larger ones.
    """

    scheduled_print = models.ForeignKey(ScheduledPrint, on_delete=models.CASCADE, related_name="runs")
    printer = models.ForeignKey(Printer, on_delete=models.CASCADE, related_name="runs")
    submission = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.CLAIMED)
    outcome = models.CharField(max_length=12, choices=RunOutcome, blank=True)
    is_by_hand = models.BooleanField(default=False, help_text="Started by the operator; no printer confirms it.")
    is_extra = models.BooleanField(
        default=False, editable=False, help_text="Begun late, when nobody waited for it: it moves no print."
    )
    claimed_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="The last percentage seen while it ran.")
    layer = models.PositiveIntegerField(default=0)
    total_layers = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["printer"], condition=Q(ended_at=None), name="one_run_on_a_printer"),
            models.UniqueConstraint(
                fields=["scheduled_print"], condition=Q(ended_at=None, is_extra=False), name="one_run_of_a_print"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | Q(ended_at__isnull=False) & ~Q(outcome=""),
                name="run_ends_with_an_outcome",
            ),
        ]
        indexes = [models.Index(fields=["printer", "-ended_at"], name="runs_of_printer")]

    def __str__(self) -> str:
        return f"Run {self.pk} of {self.scheduled_print_id}"


class RunFilament(models.Model):
    """Which slot and spool a filament of a run comes from, frozen when it is started."""

    run = models.ForeignKey(PrintRun, on_delete=models.CASCADE, related_name="filaments")
    position = models.PositiveSmallIntegerField()
    slot_number = models.PositiveSmallIntegerField(null=True, blank=True)
    spool = models.ForeignKey(Spool, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    grams = GramsField(null=True, blank=True, help_text="Planned, by the slicer.")
    remaining_pct = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the slot, at the start.")
    weighed_grams = GramsField(
        default=0, editable=False, help_text="What it had used when its spool was weighed or corrected meanwhile."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="run_filament_once")]

    def __str__(self) -> str:
        return f"Filament {self.position} of run {self.run_id}"
