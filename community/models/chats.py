"""Conversations with the assistant, about a 3-D model or the platform."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from community.choices import ChatAuthor
from marketplace.models.models_3d import Model3D


class ChatSession(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chat_sessions")
    model = models.ForeignKey(Model3D, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False, help_text="When it was last written in.")
    is_about_a_model = models.BooleanField(default=False, help_text="Stays when the model is gone.")
    claim = models.UUIDField(null=True, blank=True, help_text="Whose answer is being made now.")
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-updated_at", "-id"], name="chats_of_user")]

    def __str__(self) -> str:
        return str(self.uuid)


class ChatMessage(models.Model):
    """What a person asked or the assistant answered; `answered_by` says which one: the offline one, or a model."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="messages")
    author = models.CharField(max_length=10, choices=ChatAuthor)
    content = models.TextField()
    answered_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["session", "created_at", "id"], name="chat_messages_in_order")]

    def __str__(self) -> str:
        return f"{self.author} {self.uuid}"
