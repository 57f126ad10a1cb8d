"""Support tickets and help articles."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone

from community.choices import TicketIssue, TicketPriority, TicketStatus
from config.core.history import StatusHistory
from config.core.text_search import Searched, SearchKey


class SupportTicket(Searched):
    """A question to the platform's staff, about a purchase or in general."""

    number = models.CharField(max_length=20, unique=True, help_text="TICK-<year>-<number>")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="support_tickets")
    purchase = models.ForeignKey(
        "commerce.OrderLine", on_delete=models.PROTECT, null=True, blank=True, related_name="support_tickets"
    )
    issue_type = models.CharField(max_length=20, choices=TicketIssue)
    subject = models.CharField(max_length=200)
    subject_key = SearchKey("subject")
    description = models.TextField(max_length=5000)
    priority = models.CharField(max_length=10, choices=TicketPriority, default=TicketPriority.MEDIUM)
    status = models.CharField(max_length=15, choices=TicketStatus, default=TicketStatus.OPEN, editable=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    assigned_name = models.CharField(
        max_length=150, blank=True, help_text="Who looks after it, where that is no account of staff."
    )
    urgency = models.GeneratedField(
        expression=Case(
            *(When(priority=priority, then=Value(place)) for place, priority in enumerate(TicketPriority.values)),
            default=Value(1),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
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
            models.Index(fields=["-created_at", "-id"], name="tickets_newest"),
            models.Index(fields=["priority", "-resolved_at"], name="tickets_resolved"),
            models.Index(fields=["purchase", "-created_at"], name="tickets_of_purchase"),
            models.Index(fields=["-urgency", "updated_at", "id"], name="tickets_urgent_first"),
            models.Index(fields=["status", "-urgency", "updated_at", "id"], name="tickets_urgent_by_status"),
            models.Index(fields=["assigned_name"], name="tickets_of_name", condition=~Q(assigned_name="")),
        ]

    def __str__(self) -> str:
        return self.number


class TicketChange(StatusHistory):
    """The history of a ticket's status. Rows are only added."""

    ticket = models.ForeignKey(SupportTicket, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=15, choices=TicketStatus, blank=True)
    after = models.CharField(max_length=15, choices=TicketStatus)


class TicketMessage(models.Model):
    """What the person or staff wrote in a ticket. The first one is its description, and `is_first`."""

    ticket = models.ForeignKey(SupportTicket, on_delete=models.CASCADE, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    by_staff = models.BooleanField()
    content = models.TextField(max_length=5000)
    attachments = models.JSONField(default=list, blank=True)
    is_first = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["ticket", "created_at", "id"], name="ticket_messages_in_order")]
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(is_first=True), name="ticket_first_message_once")
        ]

    def __str__(self) -> str:
        return f"Message {self.pk} in {self.ticket_id}"


class HelpCategory(models.Model):
    """What help articles are filed under."""

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=50, unique=True)
    icon = models.CharField(max_length=50, blank=True, help_text="Its name in the front-end's set, or an emoji.")
    position = models.IntegerField(default=0)

    class Meta:
        verbose_name_plural = "help categories"

    def __str__(self) -> str:
        return self.name


class HelpArticle(Searched):
    """A question that people have, and its answer (Markdown). Staff write them in the Django admin."""

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    title_key = SearchKey("title")
    body_key = SearchKey("body")
    category = models.ForeignKey(
        "HelpCategory", on_delete=models.SET_NULL, null=True, blank=True, related_name="articles"
    )
    is_published = models.BooleanField(default=True)
    position = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["category", "position", "id"], name="help_in_order")]

    def __str__(self) -> str:
        return self.title
