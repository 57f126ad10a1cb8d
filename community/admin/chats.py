"""Chats with the assistant in Django's admin site: who, when and how much. No page shows what was said."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from community.choices import ChatAuthor
from community.models import ChatMessage, ChatSession
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(ChatSession)
class ChatSessionAdmin(ReadOnlyAdmin):
    list_display = ("uuid", "user", "model", "messages", "answers_of_models", "created_at", "updated_at")
    list_select_related = ("user", "model")
    search_fields = ("user__username", "=uuid")
    ordering = ("-updated_at", "-pk")
    fields = ("uuid", "user", "model", "messages", "answers_of_models", "created_at", "updated_at", "claimed_until")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChatSession]:
        theirs = ChatMessage.objects.filter(session=OuterRef("pk")).order_by().values("session")
        by_models = theirs.filter(author=ChatAuthor.ASSISTANT).exclude(answered_by="offline")
        rows: QuerySet[ChatSession] = super().get_queryset(request)
        return rows.annotate(
            message_count=Subquery(theirs.annotate(count=Count("pk")).values("count"), output_field=IntegerField()),
            by_models=Subquery(by_models.annotate(count=Count("pk")).values("count"), output_field=IntegerField()),
        )

    @admin.display(description="messages")
    def messages(self, session: Any) -> int:
        return session.message_count or 0

    @admin.display(description="answered by a language model")
    def answers_of_models(self, session: Any) -> int:
        return session.by_models or 0
