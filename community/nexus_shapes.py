"""Communities, tickets and messages as Nexus gives them: over REST and, the same, over sockets.

They are made of plain rows. What a row must have is said beside each.
"""

from collections.abc import Mapping
from typing import Any, Final

from community.choices import REACTION_COLUMNS
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
