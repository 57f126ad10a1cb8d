"""Nexus's comments on models and blog posts."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from config.core.comments import PageComment, columns_of
from config.core.references import LARGEST_ID
from config.dialects.fields import OfItsKind
from config.dialects.files import Files
from config.dialects.nexus_objects import PERSON, person_columns, person_of

AUTHOR: Final = person_columns("author__")
REMOVED: Final = "[removed]"


class CommentIn(serializers.Serializer[Any]):
    content = serializers.CharField(max_length=2000)
    parent_id = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LARGEST_ID)


class CommentsQuery(serializers.Serializer[Any]):
    thread = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_ID,
        help_text="A comment that answers none: all answers below it, the oldest first, none of them nested.",
    )


class ThreadOut(serializers.Serializer[Any]):
    """A comment. `replies` are the answers below it, each in this shape: the first 200, twenty levels deep; what is
    deeper stands beside what it answers, and `parent_id` says what that is. The others are read by `?thread=`.
    `reply_count` counts all answers below a comment that answers none, and is 0 for an answer.
    """

    id = serializers.IntegerField()
    content = serializers.CharField(help_text='"[removed]" once its author or a moderator took it off.')
    parent_id = serializers.IntegerField(allow_null=True)
    likes = serializers.IntegerField()
    reply_count = serializers.IntegerField()
    replies = OfItsKind()
    created_at = serializers.DateTimeField()


def comment_shown(row: Mapping[str, Any], files: Files, *, page: tuple[str, str], by: str) -> dict[str, Any]:
    """Of a row with the columns AUTHOR. `page` is the column of what it is on and what that is called here, `by` what
    its author is called."""
    column, called = page
    return {
        "id": row["id"],
        called: row[column],
        f"{by}_id": row["author_id"],
        by: person_of(row, "author__", files),
        # What somebody wrote is gone with their account; the answers to it stay.
        "content": row["content"] if row["removed_at"] is None and row["author__is_active"] else REMOVED,
        "parent_id": row["parent_id"],
        "likes": row["likes_count"],
        "reply_count": row["answers_count"],
        "replies": [],
        "created_at": row["created_at"],
    }


def row_of(comment: PageComment) -> dict[str, Any]:
    """As a row, of a comment with its author."""
    own = {column: getattr(comment, column) for column in columns_of(type(comment)) if "__" not in column}
    author = {name: getattr(comment.author, column) for name, column in zip(AUTHOR, PERSON, strict=True)}
    return own | author | {"author__is_active": comment.author.is_active}
