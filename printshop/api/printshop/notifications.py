"""The print shop's notifications about printers."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gateways.webhook_addresses import LONGEST
from config.dialects.base import operation
from config.dialects.fields import SentText
from config.dialects.printshop import IdQuery, MomentOut, PrintshopView
from printshop.choices import EventKind
from printshop.models import NotificationSettings, PrinterEvent
from printshop.selectors.notifications import events
from printshop.services.printers.notification_settings import (
    notification_settings_change,
    notification_settings_of,
)


class NotificationsQuery(serializers.Serializer[Any]):
    printer_id = IdQuery(help_text="The printer whose settings are wanted.")


class NotificationsIn(serializers.Serializer[Any]):
    """What is left out stays. An empty or null `webhook_url` ends the messages to it."""

    notify_print_start = serializers.BooleanField(required=False)
    notify_print_complete = serializers.BooleanField(required=False)
    notify_print_failed = serializers.BooleanField(required=False)
    notify_material_change = serializers.BooleanField(required=False)
    notify_maintenance = serializers.BooleanField(required=False)
    email_enabled = serializers.BooleanField(required=False)
    webhook_url = SentText(max_length=LONGEST)


class NotificationsOut(serializers.Serializer[NotificationSettings]):
    """`webhook_secret` (an addition of ours) is there once, in the answer to the call that set the address."""

    id = serializers.IntegerField()
    printer_id = serializers.IntegerField()
    notify_print_start = serializers.BooleanField()
    notify_print_complete = serializers.BooleanField()
    notify_print_failed = serializers.BooleanField()
    notify_material_change = serializers.BooleanField()
    notify_maintenance = serializers.BooleanField()
    email_enabled = serializers.BooleanField()
    webhook_url = serializers.SerializerMethodField()
    webhook_secret = serializers.CharField(required=False)

    def get_webhook_url(self, settings: NotificationSettings) -> str | None:
        target = settings.webhook
        return target.url if target is not None and target.ended_at is None else None


class EventsQuery(serializers.Serializer[Any]):
    printer_id = IdQuery(required=False)
    kind = serializers.ChoiceField(choices=EventKind.choices, required=False)


class EventOut(serializers.Serializer[PrinterEvent]):
    id = serializers.IntegerField()
    printer_id = serializers.IntegerField()
    kind = serializers.ChoiceField(EventKind.choices)
    message = serializers.CharField(source="words")
    data = serializers.DictField()  # type: ignore[assignment]
    at = MomentOut()


class Notifications(PrintshopView):
    @operation(query=NotificationsQuery, answer=NotificationsOut)
    def get(self, request: Request) -> Response:
        """The settings of the printer `printer_id`, which is required. A printer has them from the start."""
        return self.answer(notification_settings_of(actor=self.caller, **self.query()))

    @operation(body=NotificationsIn, answer=NotificationsOut)
    def update(self, request: Request, id: int) -> Response:
        """`id` is that of the settings. A `webhook_url` that leads into a private network is refused (400)."""
        changed = notification_settings_change(actor=self.caller, settings_id=id, **self.body())
        shown = NotificationsOut(changed.settings).data
        return self.answer({**shown, "webhook_secret": changed.secret} if changed.secret else dict(shown))


class Events(PrintshopView):
    list_name = "events"

    @operation(query=EventsQuery, answer=EventOut, rows="page")
    def list(self, request: Request) -> Response:
        """What happened at the caller's printers, the newest first (an addition of ours)."""
        return self.page(events(actor=self.caller).filter(**self.query()))
