"""What the owner of a printer is told about, and where."""

from dataclasses import dataclass

from django.db import transaction

from accounts.actors import Actor
from accounts.services.webhooks import webhook_target_create, webhook_target_end
from printshop.models import NotificationSettings, Printer
from printshop.selectors.notifications import settings_own
from printshop.selectors.printers import printer_own


@dataclass(frozen=True, slots=True)
class Changed:
    """`secret` signs what is sent to the address that was set now; it is shown once, here, and empty otherwise."""

    settings: NotificationSettings
    secret: str = ""

    def __repr__(self) -> str:
        return f"Changed({self.settings!r})"


def notification_settings_open(*, printer: Printer) -> NotificationSettings:
    """Those of a printer; made with what is told unless its owner says otherwise when there are none yet."""
    return NotificationSettings.objects.select_related("webhook").get_or_create(printer=printer)[0]


def notification_settings_end(*, printer: Printer) -> None:
    """The printer is gone: what waits for a program of its owner is not sent any more."""
    for target_id in NotificationSettings.objects.filter(printer=printer).values_list("webhook_id", flat=True):
        if target_id is not None:
            webhook_target_end(target_id=target_id)


def notification_settings_of(*, actor: Actor, printer_id: int) -> NotificationSettings:
    """Those of one of the actor's printers. Raises Missing and Denied."""
    return notification_settings_open(printer=printer_own(actor=actor, printer_id=printer_id))


def notification_settings_change(
    *,
    actor: Actor,
    settings_id: int,
    webhook_url: str | None = None,
    **switches: bool,
) -> Changed:
    """What is None or left out stays; an empty `webhook_url` ends the messages to it. An address that is set anew, also
    in the place of another, gets a secret of its own; the same one keeps the secret it has.

    Raises Missing, Denied and Invalid (`webhook_url`: an address that shows by itself that it leads inside).
    """
    settings_own(actor=actor, settings_id=settings_id)
    with transaction.atomic():
        NotificationSettings.objects.select_for_update().get(pk=settings_id)
        found = settings_own(actor=actor, settings_id=settings_id)
        for name, value in switches.items():
            setattr(found, name, value)
        secret = ""
        before = found.webhook if found.webhook is not None and found.webhook.ended_at is None else None
        if webhook_url is not None and webhook_url != (before.url if before is not None else ""):
            found.webhook = None
            if webhook_url:
                found.webhook = webhook_target_create(
                    owner=found.printer.shop.owner,
                    name=f"Printer {found.printer.name}",
                    url=webhook_url,
                    field="webhook_url",
                )
                secret = found.webhook.secret
            if before is not None:
                webhook_target_end(target_id=before.pk)
        found.save(update_fields=[*switches, "webhook", "updated_at"])
    return Changed(found, secret)
