"""Communities, tickets and messages as Nexus gives them: over REST and, the same, over sockets.

They are made of plain rows. What a row must have is said beside each.
"""

from collections.abc import Mapping
from typing import Any, Final

from community.choices import REACTION_COLUMNS, TicketIssue, TicketPriority, TicketStatus
from community.services.attachments import NOT_UPLOADED, attachment_link
from config.core.errors import Invalid
from config.core.storage import Right, signed_link
from config.dialects.files import Files
from config.dialects.nexus_objects import person_columns, person_of

Row = Mapping[str, Any]

COMMUNITY: Final = (
    *("id", "name", "description", "icon", "banner_gradient", "category", "creator_id", "member_count", "post_count"),
    *("status", "is_private", "require_approval", "rules", "created_at", "updated_at", "my_role"),
    *person_columns("creator__"),
)
MEMBER: Final = ("id", "community_id", "user_id", "role", "status", "joined_at", *person_columns("user__"))
POST: Final = (
    *("id", "community_id", "author_id", "content", "image_url", "model_url", *REACTION_COLUMNS.values()),
    *("comment_count", "share_count", "is_pinned", "created_at", "updated_at", "my_reaction"),
    *person_columns("author__"),
)
COMMENT: Final = (
    *("id", "post_id", "author_id", "content", "parent_id", "likes", "is_deleted", "created_at"),
    *("author__is_active", *person_columns("author__")),
)

MESSAGE: Final = (
    *("id", "conversation_id", "sender_id", "receiver_id", "content", "attachment", "attachment_name", "attachments"),
    *("is_read", "created_at", *person_columns("sender__")),
)
TICKET: Final = (
    *("id", "user_id", "subject", "issue_type", "priority", "status", "assigned_to__username", "assigned_name"),
    *("message_count", "created_at", "updated_at", "resolved_at", *person_columns("user__")),
)
TICKET_MESSAGE: Final = (
    *("id", "ticket_id", "sender_id", "by_staff", "content", "attachments", "created_at"),
    *person_columns("sender__"),
)
# Nexus's words for what v1 knows more of. The first of each is what Nexus's word becomes here.
CATEGORIES: Final[dict[str, tuple[str, ...]]] = {
    "Payment": (TicketIssue.PAYMENT,),
    "Technical": (TicketIssue.TECHNICAL, TicketIssue.DOWNLOAD_PROBLEM, TicketIssue.QUALITY_ISSUE),
    "Account": (TicketIssue.ACCOUNT, TicketIssue.OTHER),
    "Refund": (TicketIssue.REFUND_REQUEST,),
}
PRIORITIES: Final[dict[str, tuple[str, ...]]] = {
    "low": (TicketPriority.LOW,),
    "medium": (TicketPriority.MEDIUM,),
    "high": (TicketPriority.HIGH, TicketPriority.URGENT),
}
STATUSES: Final[dict[str, tuple[str, ...]]] = {
    "pending": (TicketStatus.OPEN,),
    "active": (TicketStatus.IN_PROGRESS,),
    "resolved": (TicketStatus.RESOLVED, TicketStatus.CLOSED),
}


def _word(words: Mapping[str, tuple[str, ...]], value: str) -> str:
    return next(word for word, values in words.items() if value in values)


# ---------------------------------------------------------------- communities
def community(row: Row, files: Files) -> dict[str, Any]:
    """Of COMMUNITY."""
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "icon": row["icon"],
        "banner_gradient": row["banner_gradient"],
        "category": row["category"],
        "creator_id": row["creator_id"],
        "creator": person_of(row, "creator__", files),
        "member_count": row["member_count"],
        "post_count": row["post_count"],
        "status": row["status"],
        "is_private": row["is_private"],
        "require_approval": row["require_approval"],
        "rules": row["rules"],
        "is_member": row["my_role"] is not None,
        "member_role": row["my_role"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def member(row: Row, files: Files) -> dict[str, Any]:
    """Of MEMBER."""
    return {
        "id": row["id"],
        "community_id": row["community_id"],
        "user_id": row["user_id"],
        "user": person_of(row, "user__", files),
        "role": row["role"],
        "status": row["status"],
        "joined_at": row["joined_at"],
    }


def post(row: Row, files: Files) -> dict[str, Any]:
    """Of POST. What goes to many sockets has nobody's own reaction."""
    return {
        "id": row["id"],
        "community_id": row["community_id"],
        "author_id": row["author_id"],
        "author": person_of(row, "author__", files),
        "content": row["content"],
        "image_url": row["image_url"] or None,
        "model_url": row["model_url"] or None,
        "reactions": reactions(row),
        "my_reaction": row.get("my_reaction"),
        "comment_count": row["comment_count"],
        "share_count": row["share_count"],
        "is_pinned": row["is_pinned"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def reactions(row: Row) -> dict[str, int]:
    """How many of each type."""
    return {str(reaction): row[column] for reaction, column in REACTION_COLUMNS.items()}


def comment(row: Row, files: Files) -> dict[str, Any]:
    """Of COMMENT. One that was deleted, or whose author is banned, has no words."""
    return {
        "id": row["id"],
        "post_id": row["post_id"],
        "author_id": row["author_id"],
        "author": person_of(row, "author__", files),
        "content": "" if row["is_deleted"] or not row["author__is_active"] else row["content"],
        "parent_id": row["parent_id"],
        "likes": row["likes"],
        "replies": [],
        "created_at": row["created_at"],
    }


# ---------------------------------------------------------------- messages and tickets
def message(row: Row, files: Files, *, reader_id: int) -> dict[str, Any]:
    """Of MESSAGE, for one of its two people. A file that was sent in another dialect is a signed link that expires."""
    right = Right("message", (row["id"], reader_id))
    link = attachment_link(row["attachment"], row["attachment_name"], right=right)
    return {
        "id": row["id"],
        "conversation_id": row["conversation_id"],
        "sender_id": row["sender_id"],
        "sender": person_of(row, "sender__", files),
        "content": row["content"],
        "attachments": [*attached(row["attachments"], files), *([files.absolute(link)] if link else [])],
        "is_read": row["is_read"],
        "created_at": row["created_at"],
    }


def ticket(row: Row, files: Files) -> dict[str, Any]:
    """Of TICKET."""
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "user": person_of(row, "user__", files),
        "subject": row["subject"],
        "category": _word(CATEGORIES, row["issue_type"]),
        "priority": _word(PRIORITIES, row["priority"]),
        "status": _word(STATUSES, row["status"]),
        "assigned_to": row["assigned_to__username"] or row["assigned_name"] or None,
        "message_count": row["message_count"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "resolved_at": row["resolved_at"],
    }


def ticket_message(row: Row, files: Files) -> dict[str, Any]:
    """Of TICKET_MESSAGE."""
    return {
        "id": row["id"],
        "ticket_id": row["ticket_id"],
        "sender_id": row["sender_id"],
        "sender_type": "admin" if row["by_staff"] else "user",
        "sender": person_of(row, "sender__", files),
        "content": row["content"],
        "attachments": attached(row["attachments"], files),
        "created_at": row["created_at"],
    }


MOST_ATTACHMENTS: Final = 10
LONGEST_LINK: Final = 2000


def attachments(sent: Any, files: Files) -> list[tuple[str, str]]:
    """Which stored files these addresses lead to. Raises Invalid (`attachments`)."""
    if not isinstance(sent, list) or len(sent) > MOST_ATTACHMENTS:
        raise Invalid(f"A list of at most {MOST_ATTACHMENTS} addresses.", field="attachments")
    found = [files.stored_of(link) if isinstance(link, str) and len(link) <= LONGEST_LINK else None for link in sent]
    if None in found:
        raise Invalid(NOT_UPLOADED, field="attachments")
    return [stored for stored in found if stored is not None]


def attached(kept: list[dict[str, str]], files: Files) -> list[str]:
    """The addresses of what a row keeps; of private files links that expire."""
    return [
        str(files.public(file["name"]))
        if file["storage"] == "default"
        else files.absolute(signed_link(file["name"], download_as=file["as"]))
        for file in kept
    ]
