"""Chats with the assistant: the message is stored first, then answered, then the answer is stored whole.

One answer at a time in a session: who sends a message takes a claim on the session, which runs out by itself. A process
that dies while it answers leaves the message without an answer, never half of one, and the session free again after
a while. Nothing is locked, and no transaction is open, while the answer is made.
"""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from community.assistant import llm, offline
from community.assistant.offline import Setting
from community.assistant.streaming import Piece, Restart
from community.choices import ChatAuthor
from community.errors import AnswerGivenUp, StillAnswering
from community.models import ChatMessage, ChatSession
from community.selectors.chats import chat_visible, messages_sent_since
from config.core.errors import Invalid, Limited, Missing
from config.core.metrics import gateway_failed
from config.core.names import is_seen
from config.core.references import Reference
from config.core.storable import UNSTORABLE
from marketplace.models import Model3D
from marketplace.selectors.models_3d import model_visible

logger = logging.getLogger(__name__)

LONGEST: Final = 2000
LONGEST_ANSWER: Final = 6000
REMEMBERED: Final = 12
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Exchange:
    """A message and its answer, as they are stored."""

    session: ChatSession
    message: ChatMessage
    answer: ChatMessage


def chat_start(*, actor: User, model: Reference | None = None) -> ChatSession:
    """About a model that the actor may see, or about the platform. Raises Missing."""
    about = model_visible(actor=actor, reference=model) if model is not None else None
    return ChatSession.objects.create(user=actor, model=about, is_about_a_model=about is not None)


def chat_ask(*, actor: User, session: Reference, text: str) -> Exchange:
    """Send a message and wait for its answer. Raises as `chat_stream`."""
    for step in chat_stream(actor=actor, session=session, text=text):
        if isinstance(step, Exchange):
            return step
    raise AnswerGivenUp


def chat_stream(*, actor: User, session: Reference, text: str) -> Iterator[ChatMessage | Piece | Restart | Exchange]:
    """The stored message, pieces of the answer as they come, at the end the exchange as it is stored.

    After a Restart the pieces before it do not count: another assistant begins anew. Raises Missing, Invalid
    (`message`), Limited, StillAnswering; and AnswerGivenUp when the claim ran out before the answer was there.
    """
    message = _message_store(actor, session, text)
    claim = message.session.claim
    try:
        yield message
        setting = _setting(actor, message)
        said: list[str] = []
        answered_by = offline.NAME
        for step in _answered(message, setting):
            match step:
                case Restart():
                    said = []
                    yield step
                case Piece():
                    said.append(step.text)
                    yield step
                case str():
                    answered_by = step
        answer = _answer_store(message.session, claim, "".join(said)[:LONGEST_ANSWER], answered_by)
    except BaseException:
        ChatSession.objects.filter(pk=message.session.pk, claim=claim).update(claim=None, claimed_until=None)
        raise
    yield Exchange(answer.session, message, answer)


def _message_store(actor: User, reference: Reference, text: str) -> ChatMessage:
    text = text.strip()
    if not is_seen(text):
        raise Invalid("Ask something.", field="message")
    if len(text) > LONGEST or UNSTORABLE.search(text):
        raise Invalid(f"A message has at most {LONGEST} characters of text.", field="message")
    found = chat_visible(actor=actor, reference=reference)
    now = timezone.now()
    with transaction.atomic():
        session = ChatSession.objects.select_for_update().filter(pk=found.pk).first()
        if session is None:
            raise Missing("Chat session")
        if session.claimed_until is not None and session.claimed_until > now:
            raise StillAnswering
        if settings.RATE_LIMITS == "on":
            _within_limit(actor)
        session.claim, session.claimed_until, session.updated_at = uuid.uuid4(), now + _claimed_for(), now
        session.save(update_fields=["claim", "claimed_until", "updated_at"])
        return ChatMessage.objects.create(session=session, author=ChatAuthor.USER, content=text, created_at=now)


def _claimed_for() -> timedelta:
    """Longer than any answer takes: the last request may begin just before the time is over, and last as long again."""
    return timedelta(seconds=2 * settings.LLM_SECONDS + 20)


def _within_limit(actor: User) -> None:
    """Counted in the database, which all processes share. Two sessions at the same moment may go one past it."""
    if messages_sent_since(actor=actor, moment=timezone.now() - HOUR) >= settings.CHAT_MESSAGES_PER_HOUR:
        limit = settings.CHAT_MESSAGES_PER_HOUR
        raise Limited(f"You may send {limit} messages an hour. Please wait a little.", wait=60)


def _setting(actor: User, message: ChatMessage) -> Setting:
    session = message.session
    before = ChatMessage.objects.filter(session=session, pk__lt=message.pk).order_by("-created_at", "-pk")[:REMEMBERED]
    return Setting(
        actor=actor,
        model=_model_of(actor, session),
        was_about_a_model=session.is_about_a_model,
        before=tuple((ChatAuthor(one.author), one.content) for one in reversed(before)),
    )


def _model_of(actor: User, session: ChatSession) -> Model3D | None:
    """Asked anew each time: the model may have been withdrawn since."""
    if session.model_id is None:
        return None
    try:
        return model_visible(actor=actor, reference=session.model_id)
    except Missing:
        return None


def _answered(message: ChatMessage, setting: Setting) -> Iterator[Piece | Restart | str]:
    """Pieces, and at the end who answered."""
    notice = ""
    if settings.LLM_BASE_URL:
        try:
            yield from llm.answer(message.content, setting)
            yield settings.LLM_MODEL[:100]
            return
        except llm.NoAnswer as failure:
            gateway_failed("llm")
            logger.warning("the language model gave no answer: %s", failure)
            notice = "The language model gave no answer, so the built-in assistant answers.\n\n"
        yield Restart()
    yield from (Piece(part) for part in _parts(notice + offline.answer(message.content, setting)))
    yield offline.NAME


def _parts(text: str) -> Iterator[str]:
    """Line by line."""
    yield from text.splitlines(keepends=True)


def _answer_store(session: ChatSession, claim: uuid.UUID | None, text: str, answered_by: str) -> ChatMessage:
    now = timezone.now()
    with transaction.atomic():
        held = ChatSession.objects.select_for_update().filter(pk=session.pk, claim=claim).first()
        if held is None:
            raise AnswerGivenUp
        held.claim, held.claimed_until, held.updated_at = None, None, now
        held.save(update_fields=["claim", "claimed_until", "updated_at"])
        return ChatMessage.objects.create(
            session=held, author=ChatAuthor.ASSISTANT, content=text, answered_by=answered_by, created_at=now
        )
