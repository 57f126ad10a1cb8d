"""Notifications, deliveries, conversations and blocks in Django's admin site. What people write stays theirs."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from community.models import Block, Conversation, Message
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Who writes to whom, when and how much. No page shows a message, so none is registered."""

    list_display = ("id", "first", "second", "created_at", "messages", "last_message_at")
    list_select_related = ("first", "second")
    search_fields = ("first__username", "second__username")
    ordering = ("-pk",)
    fields = ("first", "second", "created_at", "messages", "last_message_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        theirs = Message.objects.filter(conversation=OuterRef("pk")).order_by("-created_at", "-pk")
        count = theirs.order_by().values("conversation").annotate(count=Count("pk")).values("count")
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.annotate(
            message_count=Subquery(count, output_field=IntegerField()),
            last_at=Subquery(theirs.values("created_at")[:1]),
        )

    @admin.display(description="messages")
    def messages(self, conversation: Any) -> int:
        return conversation.message_count or 0

    @admin.display(description="last message")
    def last_message_at(self, conversation: Any) -> datetime | None:
        return conversation.last_at  # type: ignore[no-any-return]


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ("blocker", "blocked", "created_at")
    list_select_related = ("blocker", "blocked")
    search_fields = ("blocker__username", "blocked__username")
    ordering = ("-pk",)
