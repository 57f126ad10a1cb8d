"""Conversations, their messages, and who keeps away from whom."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from config.core.storage import private_storage


class Conversation(models.Model):
    """All that two people write to each other. `first` is the one with the lower id."""

    first = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_message_at = models.DateTimeField(
        null=True, editable=False, help_text="Empty: nobody has written yet; a block was made."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="conversation_of_two"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="conversation_in_order"),
        ]
        indexes = [
            models.Index(fields=["first", "-last_message_at", "-id"], name="conversations_of_first"),
            models.Index(fields=["second", "-last_message_at", "-id"], name="conversations_of_second"),
        ]

    def __str__(self) -> str:
        return f"Conversation of {self.first_id} and {self.second_id}"


class Message(models.Model):
    """One message. Its attachment is private: given out by a signed link to its two people. `attachments` are addresses
    of files that its sender uploaded before."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messages_sent")
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messages_received")
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="messages")
    content = models.CharField(max_length=5000)
    attachment = models.FileField(storage=private_storage, max_length=255, blank=True)
    attachment_name = models.CharField(max_length=150, blank=True, help_text="As its sender called it.")
    attachment_type = models.CharField(max_length=100, blank=True, help_text="The media type its content has.")
    attachments = models.JSONField(default=list, blank=True)
    is_read = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    hidden_for_sender = models.BooleanField(default=False)
    hidden_for_receiver = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "-created_at", "-id"], name="messages_of_conversation"),
            models.Index(fields=["sender", "-created_at", "-id"], name="messages_by_sender"),
            models.Index(fields=["receiver", "-created_at", "-id"], name="messages_to_receiver"),
            models.Index(fields=["receiver", "sender"], name="messages_unread", condition=Q(is_read=False)),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk} of {self.sender_id} to {self.receiver_id}"


class Block(models.Model):
    """`blocker` wants no messages from `blocked`; neither can write to the other."""

    blocker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="block_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"
