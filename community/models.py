"""Notifications and the outbox that brings them to people; messages between two people, blocks; support tickets."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from community.choices import TicketIssue, TicketPriority, TicketStatus
from config.core.history import StatusHistory
from config.core.storage import private_storage
from config.core.text_search import Searched, SearchKey


class Conversation(models.Model):
    """All that two people write to each other. `first` is the one with the lower id."""

    first = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="conversation_of_two"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="conversation_in_order"),
        ]

    def __str__(self) -> str:
        return f"Conversation of {self.first_id} and {self.second_id}"


class Message(models.Model):
    """One message. Its attachment is private: given out by a signed link to its two people."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messages_sent")
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messages_received")
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="messages")
    content = models.CharField(max_length=2000)
    attachment = models.FileField(storage=private_storage, max_length=255, blank=True)
    attachment_name = models.CharField(max_length=150, blank=True, help_text="As its sender called it.")
    attachment_type = models.CharField(max_length=100, blank=True, help_text="The media type its content has.")
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


class SupportTicket(models.Model):
    """A question to the platform's staff, about a purchase or in general."""

    number = models.CharField(max_length=20, unique=True, help_text="TICK-<year>-<number>")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="support_tickets")
    purchase = models.ForeignKey(
        "commerce.OrderLine", on_delete=models.PROTECT, null=True, blank=True, related_name="support_tickets"
    )
    issue_type = models.CharField(max_length=20, choices=TicketIssue)
    subject = models.CharField(max_length=200)
    description = models.TextField(max_length=5000)
    priority = models.CharField(max_length=10, choices=TicketPriority, default=TicketPriority.MEDIUM)
    status = models.CharField(max_length=15, choices=TicketStatus, default=TicketStatus.OPEN, editable=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    estimated_resolution = models.DateTimeField(null=True, blank=True, help_text="As told when it was opened.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="tickets_of_user"),
            models.Index(fields=["user", "-updated_at", "-id"], name="tickets_of_user_changed"),
            models.Index(fields=["status", "-created_at", "-id"], name="tickets_by_status"),
            models.Index(fields=["priority", "-resolved_at"], name="tickets_resolved"),
            models.Index(fields=["purchase", "-created_at"], name="tickets_of_purchase"),
        ]

    def __str__(self) -> str:
        return self.number


class TicketChange(StatusHistory):
    """The history of a ticket's status. Rows are only added."""

    ticket = models.ForeignKey(SupportTicket, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=15, choices=TicketStatus, blank=True)
    after = models.CharField(max_length=15, choices=TicketStatus)


class TicketMessage(models.Model):
    """What the person or staff wrote in a ticket after its description."""

    ticket = models.ForeignKey(SupportTicket, on_delete=models.CASCADE, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    by_staff = models.BooleanField()
    content = models.TextField(max_length=5000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["ticket", "created_at", "id"], name="ticket_messages_in_order")]

    def __str__(self) -> str:
        return f"Message {self.pk} in {self.ticket_id}"


class HelpArticle(Searched):
    """A question that people have, and its answer (Markdown). Staff write them in the Django admin."""

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    title_key = SearchKey("title")
    body_key = SearchKey("body")
    category = models.CharField(max_length=50, blank=True)
    is_published = models.BooleanField(default=True)
    position = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["category", "position", "id"], name="help_in_order")]

    def __str__(self) -> str:
        return self.title
