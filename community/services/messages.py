"""Messages between two people. What they say stays between them: it is in no notification, log or audit trail."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from accounts.choices import NotificationType, WebhookEvent
from accounts.models import User
from accounts.services.notifications import notification_send
from accounts.services.webhooks import webhook_event
from community import policies
from community.errors import NotYourMessage, TooLate, ToOneself, Unreachable
from community.models import Conversation, Message
from community.selectors.messages import conversation_of, message_of
from community.services.attachments import Stored, attachment_store, uploads_attach, uploads_detach
from community.services.blocks import conversation_lock
from config.core import files
from config.core.errors import Invalid, Missing
from config.core.idempotency import Once, call_claim, call_find, call_keep, made_by
from config.core.names import is_seen
from jobs.models import Job
from jobs.selectors import jobs_between

LONGEST: Final = 5000
MOST_ATTACHMENTS: Final = 10


def message_send(
    *,
    actor: User,
    receiver_id: int,
    content: str,
    job_id: int | None = None,
    attachment: File | None = None,
    attachments: Sequence[Stored] = (),
    once: Once | None = None,
) -> Message:
    """Write to somebody, who is told so. `content` has 1 to LONGEST characters; `job_id` is what it is about;
    `attachments` are files that they uploaded before, by storage and name.

    The same call again gives the same message. Raises Invalid (`receiver_id`, `job`, `content`, `attachment`),
    Unreachable and Upstream.
    """
    earlier = call_find(once)
    if earlier is not None:
        return made_by(earlier, Message)
    content = _content(content)
    receiver = _receiver(actor, receiver_id)
    _reachable(actor.pk, receiver.pk)
    job = _job(actor, receiver, job_id) if job_id is not None else None
    stored = attachment_store(owner=actor, file=attachment) if attachment is not None else None
    reserved = [stored.reserved] if stored else []
    try:
        with transaction.atomic():
            earlier = call_claim(once)
            if earlier is not None:  # the same call at the same moment
                files.files_drop(reserved)
                return made_by(earlier, Message)
            conversation = conversation_lock(actor.pk, receiver.pk)
            _reachable(actor.pk, receiver.pk)
            message = Message.objects.create(
                conversation=conversation,
                sender=actor,
                receiver=receiver,
                job=job,
                content=content,
                attachment=stored.reserved.name if stored else "",
                attachment_name=stored.name if stored else "",
                attachment_type=stored.media_type if stored else "",
            )
            uploads_attach(message, actor=actor, stored=attachments)
            conversation.last_message_at = message.created_at
            conversation.save(update_fields=["last_message_at"])
            files.files_keep(reserved)
            call_keep(once, message)
            notification_send(
                user=receiver,
                notification_type=NotificationType.NEW_MESSAGE,
                title="New Message",
                message=f"You have a new message from {actor.username}",
                data={"message_id": message.pk, "sender_id": actor.pk},
            )
            webhook_event(
                WebhookEvent.MESSAGE_RECEIVED,
                about=f"conversation-{conversation.pk}",
                people=[receiver.pk],
                data={
                    "message_id": message.pk,
                    "conversation_id": conversation.pk,
                    "sender_id": actor.pk,
                    "receiver_id": receiver.pk,
                    "job_id": message.job_id,
                },
            )
    except BaseException:
        files.files_drop(reserved)
        raise
    return message


class Started(NamedTuple):
    """`made` is false where the two had written to each other before."""

    conversation: Conversation
    made: bool


def conversation_start(
    *,
    actor: User,
    content: str,
    recipient_id: int | None = None,
    username: str = "",
    attachments: Sequence[Stored] = (),
) -> Started:
    """Write to somebody for the first time, or once more. Raises ToOneself, Missing, Unreachable and Invalid."""
    people = User.objects.filter(pk=recipient_id) if recipient_id is not None else User.objects.named(username)
    recipient = people.filter(is_active=True).first()
    if recipient is None:
        raise Missing("User")
    if recipient.pk == actor.pk:
        raise ToOneself
    _content(content)
    with transaction.atomic():
        _reachable(actor.pk, recipient.pk)
        made = conversation_lock(actor.pk, recipient.pk).last_message_at is None
        sent = message_send(actor=actor, receiver_id=recipient.pk, content=content, attachments=attachments)
    return Started(sent.conversation, made)


def conversation_write(
    *, actor: User, conversation_id: int, content: str, attachments: Sequence[Stored] = ()
) -> Message:
    """The next message. Raises Missing, also where the other has closed their account, Unreachable and Invalid."""
    conversation = conversation_of(actor=actor, conversation_id=conversation_id)
    other_id = conversation.second_id if conversation.first_id == actor.pk else conversation.first_id
    if not User.objects.filter(pk=other_id, is_active=True).exists():
        raise Missing("Conversation")
    return message_send(actor=actor, receiver_id=other_id, content=content, attachments=attachments)


def conversation_read(*, actor: User, conversation_id: int) -> Conversation:
    """All that the other wrote there is read now. Raises Missing."""
    conversation = conversation_of(actor=actor, conversation_id=conversation_id)
    unread = Message.objects.filter(conversation=conversation, receiver=actor, is_read=False)
    unread.update(is_read=True, read_at=timezone.now())
    return conversation


def message_change(
    *, actor: User, message_id: int, content: str | None = None, receiver_id: int | None = None
) -> Message:
    """Say it in other words, within CHANGEABLE_FOR. `receiver_id` cannot be changed; the same one is no change.

    Raises Missing, NotYourMessage, TooLate, Unreachable and Invalid (`content`, `receiver_id`).
    """
    if content is not None:
        content = _content(content)
    with transaction.atomic():
        message = _lock(actor, message_id)
        if not policies.is_sender(actor, message):
            raise NotYourMessage("Only its sender changes a message.")
        if receiver_id is not None and receiver_id != message.receiver_id:
            raise Invalid("The receiver of a message cannot be changed.", field="receiver_id")
        if content is None or content == message.content:
            return message
        now = timezone.now()
        if not policies.is_changeable(message, now=now):
            raise TooLate(f"A message can be changed for {_minutes()} minutes.")
        _reachable(message.sender_id, message.receiver_id)
        message.content = content
        message.edited_at = now
        message.save(update_fields=["content", "edited_at"])
    return message


def message_delete(*, actor: User, message_id: int) -> None:
    """By its sender within CHANGEABLE_FOR: gone for both. Else hidden for who deletes, and gone when both have.

    Raises Missing.
    """
    with transaction.atomic():
        message = _lock(actor, message_id)
        sent = policies.is_sender(actor, message)
        if sent and policies.is_changeable(message, now=timezone.now()):
            _remove(message)
            return
        if sent:
            message.hidden_for_sender = True
        else:
            message.hidden_for_receiver = True
        if message.hidden_for_sender and message.hidden_for_receiver:
            _remove(message)
        else:
            message.save(update_fields=["hidden_for_sender", "hidden_for_receiver"])


def message_mark_read(*, actor: User, message_id: int) -> Message:
    """By its receiver; the first time is kept. Raises Missing and NotYourMessage."""
    message = message_of(actor=actor, message_id=message_id)
    if not policies.is_receiver(actor, message):
        raise NotYourMessage("Only its receiver marks a message as read.")
    Message.objects.filter(pk=message.pk, is_read=False).update(is_read=True, read_at=timezone.now())
    return message_of(actor=actor, message_id=message_id)


def _lock(actor: User, message_id: int) -> Message:
    """The message, locked after its conversation, as sending and blocking lock it. Raises Missing."""
    found = message_of(actor=actor, message_id=message_id)
    conversation_lock(found.sender_id, found.receiver_id)
    return message_of(actor=actor, message_id=message_id)


def _remove(message: Message) -> None:
    attachment = str(message.attachment.name)
    uploads_detach(message)
    message.delete()
    files.file_discard("private", attachment)


def _content(content: str) -> str:
    if not is_seen(content):
        raise Invalid("A message says something.", field="content")
    if len(content) > LONGEST:
        raise Invalid(f"A message has at most {LONGEST} characters.", field="content")
    return content


def _receiver(actor: User, receiver_id: int) -> User:
    if receiver_id == actor.pk:
        raise Invalid("You cannot write to yourself.", field="receiver_id")
    receiver = User.objects.filter(pk=receiver_id, is_active=True).first()
    if receiver is None:
        raise Invalid("There is nobody with this id to write to.", field="receiver_id")
    return receiver


def _reachable(one_id: int, other_id: int) -> None:
    if policies.are_apart(one_id, other_id):
        raise Unreachable


def _job(actor: User, receiver: User, job_id: int) -> Job:
    job = jobs_between(actor, receiver).filter(pk=job_id).first()
    if job is None:
        raise Invalid("There is no such job that you both take part in, or that is open.", field="job")
    return job


def _minutes() -> int:
    return int(policies.CHANGEABLE_FOR.total_seconds() // 60)
