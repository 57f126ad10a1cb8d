"""Printers, what lies in their slots, what they are asked to do, and what happened at them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.core.fields import EncryptedTextField
from printshop.choices import CommandKind, CommandState, ConnectionType, EventKind, PrinterStatus
from printshop.models.filaments import Spool
from printshop.models.shops import Shop


class Printer(models.Model):
    """The bridge alone writes what stands after `status`; `report` is the merged state it goes on from.

    Temperatures are °C, `remaining_seconds` seconds, `progress` percent. Empty is not known, or not now.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="printers")
    name = models.CharField(max_length=100)
    connection_type = models.CharField(max_length=12, choices=ConnectionType)
    serial_number = models.CharField(max_length=40, blank=True, help_text="Its case matters.")
    host = models.CharField(max_length=255, blank=True, help_text="LAN: name or address.")
    port = models.PositiveIntegerField(default=8883)
    files_port = models.PositiveIntegerField(default=990, help_text="LAN: of implicit FTPS.")
    access_code = EncryptedTextField(help_text="LAN: the printer's. Cloud: the token of the account.")
    cloud_user_id = models.CharField(max_length=40, blank=True, help_text="Bambu's uid, asked for with the token.")
    certificate = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the one that it first showed.")
    offered_certificate = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of another one, refused until it is accepted."
    )
    model = models.CharField(max_length=40, blank=True)
    firmware = models.CharField(max_length=40, blank=True)
    needs_clear_plate = models.BooleanField(
        default=True, help_text="After a print the next one waits until somebody says that the plate is clear."
    )
    is_plate_clear = models.BooleanField(default=True)
    is_taking_prints = models.BooleanField(default=True, help_text="The queue may start prints on it.")

    status = models.CharField(max_length=12, choices=PrinterStatus, default=PrinterStatus.CONNECTING, editable=False)
    status_detail = models.CharField(max_length=300, blank=True, editable=False, help_text="Why, in words.")
    is_monitored_only = models.BooleanField(default=False, editable=False, help_text="It refuses commands.")
    current_job = models.CharField(max_length=255, blank=True, editable=False)
    progress = models.PositiveSmallIntegerField(null=True, editable=False)
    layer = models.PositiveIntegerField(null=True, editable=False)
    total_layers = models.PositiveIntegerField(null=True, editable=False)
    nozzle_temp = models.FloatField(null=True, editable=False)
    nozzle_target = models.FloatField(null=True, editable=False)
    bed_temp = models.FloatField(null=True, editable=False)
    bed_target = models.FloatField(null=True, editable=False)
    chamber_temp = models.FloatField(null=True, editable=False)
    nozzles = models.JSONField(default=list, editable=False, help_text="Of printers with two heads, both.")
    remaining_seconds = models.PositiveIntegerField(null=True, editable=False)
    errors = models.JSONField(default=list, editable=False, help_text="Codes with words and severity.")
    report = models.JSONField(default=dict, editable=False)
    utilization_pct = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="Of its readings of the last seven days, those in which it was busy."
    )
    heard_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False, help_text="Grows with each stored change.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="When how to reach it last changed; the bridge connects anew."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "serial_number"],
                condition=~Q(serial_number="") & Q(removed_at=None),
                name="printer_once_in_a_shop",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "id"], name="printers_of_shop", condition=Q(removed_at=None)),
            models.Index(fields=["id"], name="printers_in_use", condition=Q(removed_at=None)),
        ]

    def __str__(self) -> str:
        return self.name


class PrinterBridge(models.Model):
    """Which process is connected to the printers: it alone renews its hold, others wait until that has run out."""

    name = models.CharField(max_length=20, unique=True, default="printers")
    holder = models.CharField(max_length=80, blank=True)
    held_until = models.DateTimeField()
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.holder or "nobody"


class PrinterReading(models.Model):
    """What a printer was doing every five minutes: its history, and what its utilization is counted from."""

    printer = models.ForeignKey(Printer, on_delete=models.CASCADE, related_name="readings")
    status = models.CharField(max_length=12, choices=PrinterStatus)
    progress = models.PositiveSmallIntegerField(null=True)
    nozzle_temp = models.FloatField(null=True)
    bed_temp = models.FloatField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["printer", "at"], name="reading_once")]
        indexes = [models.Index(fields=["at"], name="readings_by_time")]

    def __str__(self) -> str:
        return f"{self.printer_id} {self.status} at {self.at:%Y-%m-%d %H:%M}"


class PrinterSlot(models.Model):
    """One slot of an AMS, or the external spool (number 255). `number` is the global tray id + 1.

    `manual` holds what was set by hand: it is shown in place of what the printer says until another spool is there.
    """

    printer = models.ForeignKey(Printer, on_delete=models.CASCADE, related_name="slots")
    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(256)])
    ams_id = models.PositiveSmallIntegerField()
    tray_id = models.PositiveSmallIntegerField()
    is_loaded = models.BooleanField(default=False)
    material_type = models.CharField(max_length=40, blank=True)
    preset = models.CharField(max_length=40, blank=True, help_text="tray_info_idx.")
    color = models.CharField(max_length=7, blank=True, help_text="#RRGGBB.")
    weight_grams = models.PositiveIntegerField(null=True, blank=True)
    remaining_pct = models.PositiveSmallIntegerField(null=True, blank=True)
    vendor = models.CharField(max_length=100, blank=True)
    cost_per_kg = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    tray_uuid = models.CharField(max_length=64, blank=True)
    manual = models.JSONField(default=dict, blank=True)
    spool = models.ForeignKey(Spool, on_delete=models.SET_NULL, null=True, blank=True, related_name="slots")
    loaded_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["printer", "number"], name="slot_once"),
            models.UniqueConstraint(fields=["spool"], condition=Q(spool__isnull=False), name="spool_in_one_slot"),
        ]

    def __str__(self) -> str:
        return f"Slot {self.number} of {self.printer_id}"


class PrinterCommand(models.Model):
    """What a printer is asked to do. The bridge marks it sent before it publishes, so that it is published once."""

    printer = models.ForeignKey(Printer, on_delete=models.CASCADE, related_name="commands")
    kind = models.CharField(max_length=10, choices=CommandKind)
    run = models.ForeignKey("PrintRun", on_delete=models.PROTECT, null=True, blank=True, related_name="commands")
    state = models.CharField(max_length=10, choices=CommandState, default=CommandState.WAITING)
    detail = models.CharField(max_length=300, blank=True, help_text="What the printer answered, in words.")
    sequence = models.PositiveIntegerField(null=True, help_text="The number that it was published with.")
    actor = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="It is not published any more after that.")
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                name="commands_open",
                condition=Q(state__in=[CommandState.WAITING, CommandState.SENT]),
            ),
            models.Index(fields=["printer", "-id"], name="commands_of_printer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.printer_id}"


class PrinterEvent(models.Model):
    """What happened, once: `key` says of what (a job, a code, a slot and its spool)."""

    printer = models.ForeignKey(Printer, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=EventKind)
    key = models.CharField(max_length=120)
    words = models.CharField(max_length=300)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["printer", "kind", "key"], name="printer_event_once")]
        indexes = [
            models.Index(fields=["printer", "-at"], name="events_of_printer"),
            models.Index(fields=["at"], name="events_by_time"),
        ]

    def __str__(self) -> str:
        return self.words


class NotificationSettings(models.Model):
    """Of one printer: about what its owner is told, and where besides the list and the sockets."""

    printer = models.OneToOneField(Printer, on_delete=models.CASCADE, related_name="notification_settings")
    notify_print_start = models.BooleanField(default=True)
    notify_print_complete = models.BooleanField(default=True)
    notify_print_failed = models.BooleanField(default=True)
    notify_material_change = models.BooleanField(default=True)
    notify_maintenance = models.BooleanField(default=False)
    email_enabled = models.BooleanField(default=False)
    webhook = models.OneToOneField(
        "accounts.WebhookTarget", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "notification settings"

    def __str__(self) -> str:
        return f"Notifications of {self.printer_id}"
