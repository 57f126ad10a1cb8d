"""Choices of tickets, messages, chats and pages, and the table of a ticket's status changes."""

from typing import Final

from django.db import models


class TicketIssue(models.TextChoices):
    """v1 knows the first four, Nexus the others."""

    DOWNLOAD_PROBLEM = "download_problem"
    QUALITY_ISSUE = "quality_issue"
    REFUND_REQUEST = "refund_request"
    OTHER = "other"
    PAYMENT = "payment"
    TECHNICAL = "technical"
    ACCOUNT = "account"


class TicketPriority(models.TextChoices):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class TicketStatus(models.TextChoices):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


TICKET_CHANGES: Final[dict[str, frozenset[str]]] = {
    TicketStatus.OPEN: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED, TicketStatus.CLOSED}),
    TicketStatus.IN_PROGRESS: frozenset({TicketStatus.RESOLVED, TicketStatus.CLOSED}),
    TicketStatus.RESOLVED: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.CLOSED}),
    TicketStatus.CLOSED: frozenset({TicketStatus.IN_PROGRESS}),
}


class ChatAuthor(models.TextChoices):
    USER = "user"
    ASSISTANT = "assistant"


class BlogCategory(models.TextChoices):
    TUTORIALS = "tutorials"
    NEWS = "news"
    UPDATES = "updates"


class PostStatus(models.TextChoices):
    DRAFT = "draft"
    PUBLISHED = "published"


class SharedOn(models.TextChoices):
    """Where people share a post."""

    COPY = "copy"
    TWITTER = "twitter"
    FACEBOOK = "facebook"
    LINKEDIN = "linkedin"
    EMAIL = "email"


class Difficulty(models.TextChoices):
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class TutorialCategory(models.TextChoices):
    BEGINNER = "Beginner"
    INTERMEDIATE = "Intermediate"
    ADVANCED = "Advanced"


class PageKind(models.TextChoices):
    """What visits are counted of."""

    POST = "post"
    TUTORIAL = "tutorial"
    COURSE = "course"
