"""Reads of notifications, messages, blocks and tickets, limited to the actor's own, and of help, which all may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any, Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from accounts.actors import Actor
from accounts.models import User
from community.choices import TicketPriority
from community.models import Block, Conversation, HelpArticle, Message, SupportTicket, TicketMessage
from community.policies import messages_visible_to, tickets_visible_to
from config.core.errors import Missing
from config.core.references import Reference, referred
from config.core.text_search import TextIndex, misspellings, words_of

MESSAGE_ORDERINGS: Final = {"created_at": ("created_at", "pk"), "-created_at": ("-created_at", "-pk")}
NEWEST: Final = "-created_at"
TICKETS_COMPARED: Final = 100
FEWEST_COMPARED: Final = 20
_HELP: Final = TextIndex(short=("title_key",), long=("body_key",))


# ---------------------------------------------------------------- notifications


# ---------------------------------------------------------------- messages
def messages_of(
    *, actor: Actor, is_read: bool | None = None, job: int | None = None, ordering: str = NEWEST
) -> QuerySet[Message]:
    """What the actor wrote and got, with both people."""
    rows = messages_visible_to(actor).select_related("sender", "receiver").order_by(*MESSAGE_ORDERINGS[ordering])
    if is_read is not None:
        rows = rows.filter(is_read=is_read)
    if job is not None:
        rows = rows.filter(job_id=job)
    return rows


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


# ---------------------------------------------------------------- blocks
def blocks_of(*, actor: Actor) -> QuerySet[Block]:
    """Whom the actor blocks, the latest first. Nobody learns who blocks him."""
    return Block.objects.filter(blocker=actor.pk).select_related("blocked").order_by("-created_at", "-pk")


# ---------------------------------------------------------------- tickets
def tickets_of(*, actor: Actor) -> QuerySet[SupportTicket]:
    """The actor's own, newest first."""
    return SupportTicket.objects.filter(user=actor.pk).order_by("-created_at", "-pk")


def ticket_visible(*, actor: Actor, reference: Reference) -> SupportTicket:
    """For its person and staff. Raises Missing for all others."""
    return referred(tickets_visible_to(actor), reference, "Ticket")


def newest_ticket_status(purchase: OuterRef) -> QuerySet[Any]:
    """For a subquery of purchases: the status of the newest ticket about each."""
    newest = SupportTicket.objects.filter(purchase=purchase).order_by("-created_at", "-pk")
    return newest.values("status")[:1]


def ticket_messages(*, ticket: SupportTicket) -> QuerySet[TicketMessage]:
    """Of a ticket that the actor may see, the oldest first, each with its sender."""
    return ticket.messages.select_related("sender").order_by("created_at", "pk")


def usual_resolution(*, priority: str) -> timedelta:
    """How long the last tickets of this priority took: their median; with few of them two days, one when it is urgent.

    Reads the TICKETS_COMPARED latest that were resolved, along an index.
    """
    resolved = SupportTicket.objects.filter(priority=priority, resolved_at__isnull=False).order_by("-resolved_at")
    times = [end - start for start, end in resolved.values_list("created_at", "resolved_at")[:TICKETS_COMPARED] if end]
    if len(times) < FEWEST_COMPARED:
        return timedelta(hours=24 if priority in (TicketPriority.HIGH, TicketPriority.URGENT) else 48)
    return timedelta(seconds=median(time.total_seconds() for time in times))


# ---------------------------------------------------------------- help
def help_candidates(*, words: Sequence[str], shown: int) -> list[HelpArticle]:
    """Published articles in which any of the words is found, misspelt ones too, the best first."""
    looked_for = [part for word in words for part in words_of(word)]
    if not looked_for:
        return []
    matching = Q()
    for word in looked_for:
        matching |= _HELP.matches(word)
    articles = HelpArticle.objects.filter(matching, is_published=True)
    with misspellings():
        return list(articles.alias(match_rank=_HELP.rank(looked_for)).order_by("-match_rank", "position", "pk")[:shown])
