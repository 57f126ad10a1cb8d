"""Reports of abuse: one queue for moderators, about whatever people write."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.choices import ReportedKind, ReportReason, ReportStatus


class AbuseReport(models.Model):
    """What somebody holds to be wrong with a thing that they can see, and what moderators decided.

    `kind` and `target_id` name the thing; `excerpt` is how it read when it was reported. One a person and thing.
    """

    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="abuse_reports")
    kind = models.CharField(max_length=15, choices=ReportedKind)
    target_id = models.PositiveBigIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Whose it is."
    )
    excerpt = models.TextField(blank=True)
    reason = models.CharField(max_length=15, choices=ReportReason)
    details = models.TextField(max_length=2000, blank=True)
    status = models.CharField(max_length=10, choices=ReportStatus, default=ReportStatus.OPEN, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reporter", "kind", "target_id"], name="abuse_report_once"),
            models.CheckConstraint(
                condition=Q(status=ReportStatus.OPEN, decided_at__isnull=True)
                | (~Q(status=ReportStatus.OPEN) & Q(decided_at__isnull=False)),
                name="abuse_report_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "created_at", "id"], name="abuse_reports_in_order"),
            models.Index(fields=["kind", "target_id", "status"], name="abuse_reports_of_thing"),
            models.Index(fields=["author", "created_at"], name="abuse_reports_of_author"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_id}: {self.reason}"
