"""E-mail campaigns: what staff write to many, and who got it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.choices import CampaignStatus, Segment


class EmailCampaign(models.Model):
    """One e-mail to a segment of people. `content` is HTML, made safe when it is written.

    Once it is sent, batches of recipients are made in the order of the people's ids: `mailed_up_to` is the last one,
    `claimed_until` how long whoever makes the next batch may take, `finished_at` when nobody was left.
    """

    name = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    content = models.TextField()
    segment = models.CharField(max_length=10, choices=Segment)
    status = models.CharField(max_length=10, choices=CampaignStatus, default=CampaignStatus.DRAFT, editable=False)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    recipients_count = models.PositiveIntegerField(default=0, editable=False, help_text="As selected when it was sent.")
    opened_count = models.PositiveIntegerField(default=0, editable=False, help_text="People, not openings.")
    clicked_count = models.PositiveIntegerField(default=0, editable=False, help_text="People, not clicks.")
    bounced_count = models.PositiveIntegerField(default=0, editable=False)
    unsubscribed_count = models.PositiveIntegerField(default=0, editable=False)
    mailed_up_to = models.BigIntegerField(default=0, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=CampaignStatus.SCHEDULED) | Q(scheduled_at__isnull=False),
                name="campaign_scheduled_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=CampaignStatus.SENT) | Q(sent_at__isnull=False), name="campaign_sent_when"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="email_campaigns_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="email_campaigns_by_status"),
            models.Index(
                fields=["scheduled_at"],
                name="email_campaigns_scheduled",
                condition=Q(status=CampaignStatus.SCHEDULED),
            ),
            models.Index(
                fields=["sent_at"],
                name="email_campaigns_going_out",
                condition=Q(status=CampaignStatus.SENT, finished_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignRecipient(models.Model):
    """Somebody whom a campaign went to. It is made with the delivery of the e-mail, in one transaction: once."""

    campaign = models.ForeignKey(EmailCampaign, on_delete=models.CASCADE, related_name="recipients")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    delivery = models.OneToOneField(
        "accounts.Delivery", on_delete=models.SET_NULL, null=True, related_name="campaign_recipient"
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "user"], name="campaign_once_a_person")]

    def __str__(self) -> str:
        return f"{self.campaign_id} to {self.user_id}"
