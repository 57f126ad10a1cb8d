"""Reads of chats with the assistant: each is its person's alone, staff see none."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.actors import Actor
from community.choices import ChatAuthor
from community.models import ChatMessage, ChatSession
from config.core.references import Reference, referred


def chats_of(*, actor: Actor) -> QuerySet[ChatSession]:
    """The actor's, the one written in last first."""
    return ChatSession.objects.filter(user=actor.pk).order_by("-updated_at", "-pk")


def chat_visible(*, actor: Actor, reference: Reference) -> ChatSession:
    """Raises Missing for a session that is not the actor's."""
    return referred(ChatSession.objects.filter(user=actor.pk), reference, "Chat session")


def chat_messages(*, session: ChatSession) -> QuerySet[ChatMessage]:
    """Of a session that is the actor's, the oldest first."""
    return session.messages.select_related("session").order_by("created_at", "pk")


def messages_sent_since(*, actor: Actor, moment: datetime) -> int:
    """How many the actor wrote, in all of their sessions. Reads those written in since then alone."""
    recent = ChatSession.objects.filter(user=actor.pk, updated_at__gte=moment)
    return ChatMessage.objects.filter(session__in=recent, author=ChatAuthor.USER, created_at__gte=moment).count()
