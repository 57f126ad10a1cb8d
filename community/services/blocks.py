"""Blocks between two people, and the conversation at whose lock messages and blocks queue up."""

from django.db import transaction

from accounts.models import User
from accounts.services.follows import pair_lock, unfollow
from community import policies
from community.models import Block, Conversation
from config.core.errors import Denied, Invalid, Missing


def block_add(*, actor: User, user_id: int) -> Block:
    """From now on neither writes to the other, who follows the actor no longer; what was written stays. Again changes
    nothing.

    Raises Missing, and Invalid for oneself.
    """
    other = _other(user_id)
    if other.pk == actor.pk:
        raise Invalid("You cannot block yourself.")
    with transaction.atomic():
        conversation_lock(actor.pk, other.pk)
        pair_lock(actor.pk, other.pk)
        block, _made = Block.objects.get_or_create(blocker=actor, blocked=other)
        unfollow(actor=other, user_id=actor.pk)
    return block


def block_remove(*, actor: User, user_id: int) -> None:
    """Take the actor's own block back; the other's, if there is one, stays. Raises Missing."""
    Block.objects.filter(blocker=actor, blocked=_other(user_id)).delete()


def follow_refuse_blocked(*, follower: User, followed: User) -> None:
    """Nobody follows who has blocked them. Raises Denied."""
    if policies.has_blocked(followed.pk, follower.pk):
        raise Denied("This person does not want to hear from you.")


def words_refuse_blocked(*, writer: User, reader: User) -> None:
    """What would reach somebody's list or mailbox is not written by whom they have blocked. Raises Denied."""
    if policies.has_blocked(reader.pk, writer.pk):
        raise Denied("This person does not want to hear from you.")


def conversation_lock(one_id: int, other_id: int) -> Conversation:
    """The conversation of two people, made when it is their first, locked until the transaction ends."""
    first, second = sorted((one_id, other_id))
    conversation, _made = Conversation.objects.get_or_create(first_id=first, second_id=second)
    return Conversation.objects.select_for_update().get(pk=conversation.pk)


def _other(user_id: int) -> User:
    other = User.objects.filter(pk=user_id).first()
    if other is None:
        raise Missing("User")
    return other
