"""The print shop's words, and which changes of a status there are."""

from typing import Final

from django.db import models


class OrderSource(models.TextChoices):
    ETSY = "etsy", "Etsy"
    PLATFORM = "platform", "Here"


class OrderStatus(models.TextChoices):
    """Etsy's words in lower case, and `shipped`, which the shop sets. Etsy may invent others: they are kept as sent."""

    OPEN = "open"
    PAYMENT_PROCESSING = "payment processing"
    PAID = "paid"
    COMPLETED = "completed"
    SHIPPED = "shipped"
    CANCELED = "canceled"
    PARTIALLY_REFUNDED = "partially refunded"
    FULLY_REFUNDED = "fully refunded"


CALLED_OFF: Final = frozenset({OrderStatus.CANCELED, OrderStatus.FULLY_REFUNDED})
"""Nothing of these orders is printed any more."""


class ProductionStatus(models.TextChoices):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


TO_BE_MADE: Final = (ProductionStatus.PENDING, ProductionStatus.IN_PROGRESS)


class Direction(models.TextChoices):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Channel(models.TextChoices):
    ETSY_MESSAGE = "etsy_message", "Etsy message"
    EMAIL = "email", "E-mail"
    PHONE = "phone"
    IN_PERSON = "in_person"
    OTHER = "other"


class ShipmentState(models.TextChoices):
    """`unclear`: whether Etsy took it is not known; it is looked up there before it is tried again."""

    WAITING = "waiting"
    UNCLEAR = "unclear"
    TOLD = "told"
    REFUSED = "refused"


class ConnectionState(models.TextChoices):
    """Of a shop with Etsy."""

    NONE = "none", "not connected"
    CONNECTED = "connected"
    REFUSED = "refused", "Etsy asks for a new sign-in"


class ConnectionType(models.TextChoices):
    BAMBU_CLOUD = "bambu_cloud", "Bambu cloud"
    BAMBU_LAN = "bambu_lan", "Bambu LAN"


class PrinterStatus(models.TextChoices):
    CONNECTING = "connecting"
    ONLINE = "online"
    PREPARING = "preparing"
    PRINTING = "printing"
    PAUSED = "paused"
    FAILED = "failed"
    OFFLINE = "offline"


BUSY: Final = frozenset({PrinterStatus.PREPARING, PrinterStatus.PRINTING, PrinterStatus.PAUSED})
FREE: Final = frozenset({PrinterStatus.ONLINE, PrinterStatus.FAILED})
"""A printer whose last print failed takes the next one."""

AWAY: Final = frozenset({PrinterStatus.CONNECTING, PrinterStatus.OFFLINE})
"""Nobody knows what it does."""

NO_BRIDGE: Final = "The printer bridge is not running."


class PrintStatus(models.TextChoices):
    """`cancelled` prints are kept for the figures and shown in no list of the API's."""

    QUEUED = "queued"
    SCHEDULED = "scheduled"
    STARTED = "started"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


PRINT_CHANGES: Final[dict[str, frozenset[str]]] = {
    PrintStatus.QUEUED: frozenset({PrintStatus.SCHEDULED, PrintStatus.CANCELLED}),
    PrintStatus.SCHEDULED: frozenset(
        {PrintStatus.STARTED, PrintStatus.QUEUED, PrintStatus.FAILED, PrintStatus.CANCELLED}
    ),
    PrintStatus.STARTED: frozenset({PrintStatus.COMPLETED, PrintStatus.FAILED}),
    PrintStatus.COMPLETED: frozenset(),
    PrintStatus.FAILED: frozenset({PrintStatus.QUEUED}),
    PrintStatus.CANCELLED: frozenset(),
}


class RunState(models.TextChoices):
    """Of one try to print: claimed for a printer, file uploaded, start published, seen printing, ended."""

    CLAIMED = "claimed"
    UPLOADED = "uploaded"
    SENT = "sent"
    PRINTING = "printing"
    ENDED = "ended"


BEFORE_PRINTING: Final = (RunState.CLAIMED, RunState.UPLOADED, RunState.SENT)


class RunOutcome(models.TextChoices):
    """`stopped`: by hand, counts neither as success nor as failure. `not_started`: nothing was printed; the print went
    back to the queue."""

    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"
    NOT_STARTED = "not_started"


class CommandKind(models.TextChoices):
    """What the bridge is asked to do with a printer. `refresh`: connect anew and ask for everything."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    REFRESH = "refresh"


class CommandState(models.TextChoices):
    """`sent` is stored before it is published, so that nothing is published twice; what becomes of it is told by the
    printer's reports (`confirmed`) or by the lack of them (`lost`)."""

    WAITING = "waiting"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    LOST = "lost"


class SpoolChangeKind(models.TextChoices):
    ADDED = "added"
    PRINT = "print"
    FAILED_PRINT = "failed_print"
    WEIGHED = "weighed"
    CORRECTED = "corrected"
    REMOVED = "removed"


class EventKind(models.TextChoices):
    """What happened at a printer. `error`, `offline` and the like are in its status; these are told to people."""

    PRINT_STARTED = "print_started"
    PRINT_COMPLETED = "print_completed"
    PRINT_FAILED = "print_failed"
    MATERIAL_CHANGED = "material_changed"
    FILAMENT_RAN_OUT = "filament_ran_out"
    MAINTENANCE = "maintenance"
    CERTIFICATE_CHANGED = "certificate_changed"
