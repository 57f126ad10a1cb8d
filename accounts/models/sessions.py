"""What people are signed in with, and the keys of their programs."""

import uuid

from django.db import models
from django.utils import timezone

from accounts.choices import KeyScope, SessionKind
from accounts.models.people import User


class Session(models.Model):
    """One sign-in of a person, for as long as something of it may be good: where it was made, and what it goes on by.

    A stored token, or a browser's session, takes its row along when it ends; refresh tokens are of the family `sid`,
    and access tokens carry it. One that ended has no row.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    sid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=SessionKind)
    token = models.OneToOneField("knox.AuthToken", null=True, blank=True, on_delete=models.CASCADE, editable=False)
    browser = models.OneToOneField(
        "sessions.Session", null=True, blank=True, on_delete=models.CASCADE, editable=False, related_name="+"
    )
    network = models.GenericIPAddressField(null=True, blank=True, help_text="Of IPv6 the /64; none where nobody knows.")
    agent = models.CharField(max_length=150, blank=True, help_text="What the browser or program calls itself.")
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, help_text="Signed in, or refreshed its tokens.")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="sessions_of_user")]

    def __str__(self) -> str:
        return f"Session of {self.user_id}"


class ApiKey(models.Model):
    """A key of a person for a program of theirs. Only its digest is kept, and its beginning, to tell it from others."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list, help_text="Some of read, write and money.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        indexes = [models.Index(fields=["user", "-id"], name="api_keys_of_user")]

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.user_id}"

    def allows(self, scope: str) -> bool:
        """An operation that no scope is for is open to no key."""
        return scope in KeyScope.values and scope in self.scopes
