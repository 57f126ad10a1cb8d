"""Stored files on their way out."""

from django.db import models


class DiscardedFile(models.Model):
    """A stored file nothing refers to any more. It is removed after the commit, again and again until it is gone."""

    storage = models.CharField(max_length=10, choices={"default": "public", "private": "private"})
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
