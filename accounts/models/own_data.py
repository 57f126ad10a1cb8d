"""What people ask for of their own data."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.choices import UNFINISHED_DELETIONS, UNFINISHED_EXPORTS, DeletionState, ExportState
from config.core.storage import private_storage


class DataExport(models.Model):
    """A zip of all that the platform has of a person, made by a worker, who claims it for a while: a claim that ran out
    is taken up again, from the beginning. Removed when `expires_at` has come."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="data_exports")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The person, or a member of staff.",
    )
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.WAITING, editable=False)
    progress = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Percent.")
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    number = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="In the link of its e-mail.")
    file = models.FileField(storage=private_storage, max_length=255, blank=True, editable=False)
    byte_size = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=UNFINISHED_EXPORTS), name="data_export_one_under_way"
            )
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="data_exports_of_user"),
            models.Index(fields=["id"], name="data_exports_open", condition=Q(state__in=UNFINISHED_EXPORTS)),
        ]

    def __str__(self) -> str:
        return f"Export {self.pk} of {self.user_id} ({self.state})"

    @property
    def is_ready(self) -> bool:
        return self.state == ExportState.READY and self.expires_at is not None and self.expires_at > timezone.now()


class AccountDeletion(models.Model):
    """That an account is to be deleted, and how far it has come. From `due_at` on a worker closes it, when nothing is
    in the way, and takes away what its person left, a part at a time."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deletions")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The person, or a member of staff; empty: a command.",
    )
    by_staff = models.BooleanField(default=False, editable=False)
    reason = models.CharField(max_length=500, blank=True, help_text="Staff's.")
    state = models.CharField(max_length=10, choices=DeletionState, default=DeletionState.WAITING, editable=False)
    in_the_way = models.JSONField(
        default=list, blank=True, editable=False, help_text="Why it could not be carried out, at the last try."
    )
    told_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Of what is in the way.")
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False, help_text="Or when it is tried again.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(editable=False)
    closed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the account lost its name; no way back."
    )
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=UNFINISHED_DELETIONS), name="account_deletion_one_under_way"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], name="account_deletions_open", condition=Q(state__in=UNFINISHED_DELETIONS))
        ]

    def __str__(self) -> str:
        return f"Deletion of {self.user_id} ({self.state})"
