"""The audit trail of what staff did."""

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """Who did what to what, from where, and what it was before and after. Rows are only added."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=40)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_of_target")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}"
