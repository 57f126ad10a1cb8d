"""What the owner of a printer is told about, and where."""

from django.db.models import QuerySet

from accounts.actors import Actor
from config.core.errors import Denied, Missing
from printshop import policies
from printshop.models import NotificationSettings, PrinterEvent
from printshop.selectors.shops import shop_of


def settings_own(*, actor: Actor, settings_id: int) -> NotificationSettings:
    """Raises Missing and Denied."""
    rows = NotificationSettings.objects.select_related("printer__shop__owner", "webhook")
    found = rows.filter(pk=settings_id, printer__removed_at=None).first()
    if found is None:
        raise Missing("Notification settings")
    if not policies.is_owner(actor, found.printer.shop):
        raise Denied
    return found


def events(*, actor: Actor) -> QuerySet[PrinterEvent]:
    """What happened at the actor's printers, the newest first."""
    shop = shop_of(actor=actor)
    return PrinterEvent.objects.filter(printer__shop=shop, printer__removed_at=None).order_by("-at", "-pk")
