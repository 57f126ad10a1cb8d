"""CultureUp's notifications."""

from typing import ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import NotificationType
from accounts.models import Notification
from accounts.selectors.notifications import notification_of, notifications_of, unread_count
from accounts.services import notifications
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView

ORDERINGS = {"created_at": ("created_at", "pk"), "-created_at": ("-created_at", "-pk")}


class NotificationOut(serializers.ModelSerializer[Notification]):
    class Meta:
        model = Notification
        fields: ClassVar = ["id", "notification_type", "title", "message", "data", "is_read", "created_at"]


class NotificationQuery(serializers.Serializer[None]):
    notification_type = serializers.ChoiceField(NotificationType.choices, required=False)
    is_read = serializers.BooleanField(required=False)
    ordering = serializers.ChoiceField(list(ORDERINGS), default="-created_at")


class MarkedRead(serializers.Serializer[None]):
    message = serializers.CharField()
    notification_id = serializers.IntegerField()
    is_read = serializers.BooleanField()


class MarkedAllRead(serializers.Serializer[None]):
    message = serializers.CharField()
    count = serializers.IntegerField()


class UnreadCount(serializers.Serializer[None]):
    unread_count = serializers.IntegerField()


class Notifications(CultureupView):
    @operation(query=NotificationQuery, answer=NotificationOut, rows="page")
    def list(self, request: Request) -> Response:
        wanted = self.query()
        order = ORDERINGS[wanted.pop("ordering")]
        return self.page(notifications_of(actor=request.user).filter(**wanted).order_by(*order))

    @operation(answer=NotificationOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(notification_of(actor=request.user, notification_id=id))

    @operation(answer=MarkedRead)
    def mark_read(self, request: Request, id: int) -> Response:
        marked = notifications.notification_mark_read(actor=request.user, notification_id=id)
        return self.answer(
            {"message": "Notification marked as read", "notification_id": marked.pk, "is_read": marked.is_read}
        )

    @operation(answer=MarkedAllRead)
    def mark_all_read(self, request: Request) -> Response:
        count = notifications.notifications_mark_all_read(actor=request.user)
        return self.answer({"message": "All notifications marked as read", "count": count})

    @operation(answer=UnreadCount)
    def unread_count(self, request: Request) -> Response:
        return self.answer({"unread_count": unread_count(actor=request.user)})
