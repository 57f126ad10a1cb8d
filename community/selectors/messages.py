"""Messages, conversations and blocks, limited to the actor's own."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.actors import Actor
from accounts.models import User
from community.models import Block, Conversation, Message
from community.policies import messages_visible_to
from config.core.errors import Missing

MESSAGE_ORDERINGS: Final = {"created_at": ("created_at", "pk"), "-created_at": ("-created_at", "-pk")}
NEWEST: Final = "-created_at"


def messages_of(*, actor: Actor, ordering: str = NEWEST, **wanted: Any) -> QuerySet[Message]:
    """What the actor wrote and got, with both people; `wanted` are conditions on columns, None is none."""
    conditions = {name: value for name, value in wanted.items() if value is not None}
    rows = messages_visible_to(actor).filter(**conditions).select_related("sender", "receiver")
    return rows.order_by(*MESSAGE_ORDERINGS[ordering])


def message_of(*, actor: Actor, message_id: int) -> Message:
    """Raises Missing for what the actor neither wrote nor got, or has hidden."""
    message = messages_of(actor=actor).filter(pk=message_id).first()
    if message is None:
        raise Missing("Message")
    return message


def message_is_shown_to(message_id: int, reader_id: int) -> bool:
    """Whether one of its two people has the message still, and may sign in."""
    reader = User.objects.filter(pk=reader_id, is_active=True).first()
    return reader is not None and messages_visible_to(reader).filter(pk=message_id).exists()


def conversation_of(*, actor: Actor, conversation_id: int) -> Conversation:
    """One in which somebody has written, and the actor is one of the two. Raises Missing."""
    conversation = _conversations(actor).filter(pk=conversation_id).select_related("first", "second").first()
    if conversation is None:
        raise Missing("Conversation")
    return conversation


def conversations_listed(*, actor: Actor) -> QuerySet[Conversation]:
    """The latest message first; each with `newest`, the id of the last message that the actor sees, if there is one,
    and `unread`, how many of those to the actor are."""
    last = messages_visible_to(actor).filter(conversation=OuterRef("pk")).order_by("-created_at", "-pk")
    unread = Message.objects.filter(conversation=OuterRef("pk"), receiver=actor.pk, is_read=False)
    counted = unread.filter(hidden_for_receiver=False).order_by().values("conversation").annotate(count=Count("pk"))
    return (
        _conversations(actor)
        .annotate(
            newest=Subquery(last.values("pk")[:1]),
            unread=Coalesce(Subquery(counted.values("count"), output_field=IntegerField()), 0),
        )
        .order_by("-last_message_at", "-pk")
    )


def conversation_messages(*, actor: Actor, conversation_id: int) -> QuerySet[Message]:
    """What the actor sees of a conversation of theirs, the newest first."""
    return messages_visible_to(actor).filter(conversation=conversation_id).order_by("-created_at", "-pk")


def _conversations(actor: Actor) -> QuerySet[Conversation]:
    """Not those that a block alone made: nobody learns of one."""
    own = Q(first=actor.pk) | Q(second=actor.pk)
    return Conversation.objects.filter(own, last_message_at__isnull=False)


@dataclass(frozen=True, slots=True)
class Correspondence:
    """All with one other person: the last message the actor sees, and how many of those received are unread."""

    other: User
    last_message: Message
    unread_count: int


def conversations_of(*, actor: Actor) -> list[Correspondence]:
    """One entry a person, the latest first. Two queries, each reading indexes."""
    last = messages_visible_to(actor).filter(conversation=OuterRef("pk")).order_by("-created_at", "-pk")
    own = Conversation.objects.filter(Q(first=actor.pk) | Q(second=actor.pk))
    newest = own.annotate(newest=Subquery(last.values("pk")[:1])).values("newest")
    messages = Message.objects.filter(pk__in=newest).select_related("sender", "receiver")
    unread = dict(
        Message.objects.filter(receiver=actor.pk, is_read=False, hidden_for_receiver=False)
        .values("sender")
        .annotate(count=Count("pk"))
        .order_by()
        .values_list("sender", "count")
    )
    found = []
    for message in messages.order_by("-created_at", "-pk"):
        other = message.receiver if message.sender_id == actor.pk else message.sender
        found.append(Correspondence(other, message, unread.get(other.pk, 0)))
    return found


def unread_messages(*, actor: Actor) -> int:
    return Message.objects.filter(receiver=actor.pk, is_read=False, hidden_for_receiver=False).count()


def blocks_of(*, actor: Actor) -> QuerySet[Block]:
    """Whom the actor blocks, the latest first. Nobody learns who blocks them."""
    return Block.objects.filter(blocker=actor.pk).select_related("blocked").order_by("-created_at", "-pk")
