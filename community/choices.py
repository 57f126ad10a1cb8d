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
    TicketStatus.IN_PROGRESS: frozenset({TicketStatus.OPEN, TicketStatus.RESOLVED, TicketStatus.CLOSED}),
    TicketStatus.RESOLVED: frozenset({TicketStatus.OPEN, TicketStatus.IN_PROGRESS, TicketStatus.CLOSED}),
    TicketStatus.CLOSED: frozenset({TicketStatus.OPEN, TicketStatus.IN_PROGRESS}),
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


class CommunityStatus(models.TextChoices):
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"


COMMUNITY_CHANGES: Final[dict[str, frozenset[str]]] = {
    CommunityStatus.PENDING: frozenset({CommunityStatus.ACTIVE, CommunityStatus.SUSPENDED}),
    CommunityStatus.ACTIVE: frozenset({CommunityStatus.SUSPENDED}),
    CommunityStatus.SUSPENDED: frozenset({CommunityStatus.ACTIVE}),
}


class CommunityRole(models.TextChoices):
    MEMBER = "member"
    MODERATOR = "moderator"
    ADMIN = "admin"


RANKS: Final[dict[str, int]] = {CommunityRole.ADMIN: 0, CommunityRole.MODERATOR: 1, CommunityRole.MEMBER: 2}


class MemberStatus(models.TextChoices):
    """Active alone is a member. Pending asks to be one, invited was asked, banned may not come back, left did so."""

    ACTIVE = "active"
    PENDING = "pending"
    INVITED = "invited"
    BANNED = "banned"
    LEFT = "left"


class Reaction(models.TextChoices):
    LIKE = "like"
    LOVE = "love"
    WOW = "wow"
    FIRE = "fire"


REACTION_COLUMNS: Final[dict[str, str]] = {
    Reaction.LIKE: "likes",
    Reaction.LOVE: "loves",
    Reaction.WOW: "wows",
    Reaction.FIRE: "fires",
}


class PostFilter(models.TextChoices):
    RECENT = "recent"
    POPULAR = "popular"
    PINNED = "pinned"
    MINE = "mine"


class Segment(models.TextChoices):
    """Whom an e-mail campaign goes to. None of them includes closed accounts and those who want no such e-mails."""

    ALL = "all"
    CREATORS = "creators"
    BUYERS = "buyers"


class CampaignStatus(models.TextChoices):
    """A campaign is sent from the moment on at which it begins to go out."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENT = "sent"


CAMPAIGN_CHANGES: Final[dict[str, frozenset[str]]] = {
    CampaignStatus.DRAFT: frozenset({CampaignStatus.SCHEDULED, CampaignStatus.SENT}),
    CampaignStatus.SCHEDULED: frozenset({CampaignStatus.DRAFT, CampaignStatus.SENT}),
    CampaignStatus.SENT: frozenset(),
}


class ReportedKind(models.TextChoices):
    """What can be reported."""

    MODEL = "model"
    COMMENT = "comment", "comment on a model"
    POST = "post", "post in a community"
    POST_COMMENT = "post_comment", "comment on a post"
    COMMUNITY = "community"
    MESSAGE = "message"
    PERSON = "person"
    BLOG_COMMENT = "blog_comment", "comment in the blog"
    REVIEW = "review", "review of a buyer"
    BOUNTY = "bounty"
    COLLECTION = "collection"
    COURSE = "course"
    ARTWORK = "artwork"
    JOB = "job"
    BID = "bid", "bid on a job"
    APPLICATION = "application", "application for a bounty"
    HIRE_REVIEW = "hire_review", "review of an artist"
    REVIEW_ANSWER = "review_answer", "answer to a review"


class ReportReason(models.TextChoices):
    SPAM = "spam"
    HARASSMENT = "harassment"
    HATE = "hate"
    SEXUAL = "sexual"
    VIOLENCE = "violence"
    COPYRIGHT = "copyright"
    FRAUD = "fraud"
    OTHER = "other"


class ReportStatus(models.TextChoices):
    """Upheld: it was wrong."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
