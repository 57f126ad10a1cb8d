"""The history of a thing's status, as every thing with a status keeps one."""

from django.conf import settings
from django.db import models


class StatusHistory(models.Model):
    """One change. Rows are only added. Each history has its thing, `before` and `after` of its own words."""

    before: models.CharField  # type: ignore[type-arg]
    after: models.CharField  # type: ignore[type-arg]
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, help_text="Empty: the platform itself."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.before or 'new'} → {self.after}"
