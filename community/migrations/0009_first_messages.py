"""Conversations know when their last message was written; tickets have their description as first message."""

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery

AT_ONCE = 500


def fill(apps: Any, _schema_editor: Any) -> None:
    conversations, messages = apps.get_model("community", "Conversation"), apps.get_model("community", "Message")
    last = messages.objects.filter(conversation=OuterRef("pk")).order_by("-created_at", "-pk")
    conversations.objects.update(last_message_at=Subquery(last.values("created_at")[:1]))

    tickets, written = apps.get_model("community", "SupportTicket"), apps.get_model("community", "TicketMessage")
    done = 0
    while batch := list(
        tickets.objects.filter(pk__gt=done)
        .order_by("pk")
        .values_list("pk", "user_id", "description", "created_at")[:AT_ONCE]
    ):
        written.objects.bulk_create(
            written(
                ticket_id=ticket_id,
                sender_id=user_id,
                by_staff=False,
                content=description,
                is_first=True,
                created_at=created_at,
            )
            for ticket_id, user_id, description, created_at in batch
        )
        done = batch[-1][0]


def take_back(apps: Any, _schema_editor: Any) -> None:
    apps.get_model("community", "TicketMessage").objects.filter(is_first=True).delete()


class Migration(migrations.Migration):

    dependencies = [("community", "0008_messages_and_tickets")]

    operations = [migrations.RunPython(fill, take_back)]
