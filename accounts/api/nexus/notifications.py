"""Nexus's notifications."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Notification
from accounts.notices import notice_of, types_called
from accounts.selectors.notifications import notifications_of, unread_count
from accounts.services import notifications
from config.dialects.base import operation
from config.dialects.nexus import MessageOut, NexusView


class NotificationOut(serializers.Serializer[Notification]):
    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    type = serializers.CharField(help_text="like, comment, follow, purchase, sale, message and others.")
    title = serializers.CharField()
    message = serializers.CharField()
    link = serializers.CharField(allow_null=True, help_text="A path of the front-end.")
    is_read = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class NotificationsQuery(serializers.Serializer[Any]):
    filter = serializers.CharField(max_length=30, default="all", help_text="all, unread, read, or a type.")


class ReadAllOut(MessageOut):
    updated = serializers.IntegerField(help_text="How many were unread.")


def shown(found: list[Notification]) -> list[dict[str, Any]]:
    return [notice_of(notification) for notification in found]


class Notifications(NexusView):
    always_envelope = True
    counts: ClassVar = (*NexusView.counts, "unread_count")

    @operation(query=NotificationsQuery, answer=NotificationOut, rows="page")
    def list(self, request: Request) -> Response:
        """The caller's own, newest first; beside the page `unread_count`, whatever the filter."""
        wanted = self.query()["filter"]
        rows = notifications_of(actor=self.caller)
        if wanted in {"unread", "read"}:
            rows = rows.filter(is_read=wanted == "read")
        elif wanted != "all":
            rows = rows.filter(notification_type__in=types_called(wanted))
        response = self.page(rows, shown)
        response.data["unread_count"] = unread_count(actor=self.caller)
        return response

    @operation(answer=NotificationOut)
    def read(self, request: Request, id: int) -> Response:
        return self.answer(notice_of(notifications.notification_mark_read(actor=self.caller, notification_id=id)))

    @operation(answer=ReadAllOut)
    def read_all(self, request: Request) -> Response:
        updated = notifications.notifications_mark_all_read(actor=self.caller)
        return self.answer({"message": "All notifications marked as read", "updated": updated})

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        notifications.notification_delete(actor=self.caller, notification_id=id)
        return self.answer({"message": "Notification deleted"})


class Dashboard(NexusView):
    skip_limit = 20

    @operation(answer=NotificationOut, rows="page")
    def notifications(self, request: Request) -> Response:
        """The caller's newest, read or not."""
        return self.page(notifications_of(actor=self.caller), shown)
