"""Nexus's comments on 3-D models."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.core.trees import nested
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.nexus_objects import PersonOut, person, person_columns, person_of
from marketplace.models import ListingComment
from marketplace.selectors import comments as selectors
from marketplace.services.comments import comment_remove, model_comment

AUTHOR = person_columns("author__")
Rows = list[Any]
REMOVED = "[removed]"
LARGEST = 2**63 - 1


class ModelCommentIn(serializers.Serializer[Any]):
    content = serializers.CharField(max_length=2000)
    parent_id = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LARGEST)


class CommentsQuery(serializers.Serializer[Any]):
    thread = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST,
        help_text="A comment that answers none: all answers below it, the oldest first, none of them nested.",
    )


class ModelCommentOut(serializers.Serializer[Any]):
    """A comment. `replies` are the answers below it, each in this shape: the first 200, twenty levels deep; what is
    deeper stands beside what it answers, and `parent_id` says what that is. The others are read by `?thread=`.
    `reply_count` counts all answers below a comment that answers none, and is 0 for an answer.
    """

    id = serializers.IntegerField()
    model_id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    user = PersonOut()
    content = serializers.CharField(help_text='"[removed]" once its author or a moderator took it off.')
    parent_id = serializers.IntegerField(allow_null=True)
    likes = serializers.IntegerField()
    reply_count = serializers.IntegerField()
    replies = serializers.ListField(child=serializers.DictField())
    created_at = serializers.DateTimeField()


class Comments(NexusView):
    @operation(query=CommentsQuery, answer=ModelCommentOut, rows="page", who=AllowAny)
    def list(self, request: Request, id: int) -> Response:
        """Those that answer none, the newest first; under each its answers, the oldest first."""
        thread = self.query().get("thread")
        if thread is not None:
            return self.page(
                selectors.thread_of_comment(actor=request.user, model_id=id, comment_id=thread, columns=AUTHOR),
                self._shown,
            )
        return self.page(
            selectors.comments_of_model(actor=request.user, model_id=id, columns=AUTHOR), self._with_answers
        )

    @operation(body=ModelCommentIn, answer=ModelCommentOut, status=201)
    def create(self, request: Request, id: int) -> Response:
        return self._written(id)

    @operation(body=ModelCommentIn, answer=ModelCommentOut, status=201)
    def comment(self, request: Request, id: int) -> Response:
        """Another name of POST /models/{id}/comments."""
        return self._written(id)

    def _written(self, model_id: int) -> Response:
        comment = model_comment(actor=self.caller, model_id=model_id, **self.body())
        return self.answer(_new(comment, Files(self.request)))

    def _with_answers(self, rows: Rows) -> Rows:
        answers = selectors.first_answers([row["id"] for row in rows], columns=AUTHOR)
        return nested(self._shown(rows), self._shown(answers))

    def _shown(self, rows: Rows) -> Rows:
        files = Files(self.request)
        return [_row(row, files) for row in rows]


class OneComment(NexusView):
    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int, comment_id: int) -> Response:
        """Takes off what it says; its answers stay. For its author and moderators."""
        comment_remove(actor=self.caller, comment_id=comment_id, model_id=id)
        return self.answer({"message": "Comment deleted"})


def _row(row: dict[str, Any], files: Files) -> dict[str, Any]:
    return {
        "id": row["id"],
        "model_id": row["listing_id"],
        "user_id": row["author_id"],
        "user": person_of(row, "author__", files),
        # What somebody wrote is gone with their account; the answers to it stay.
        "content": row["content"] if row["removed_at"] is None and row["author__is_active"] else REMOVED,
        "parent_id": row["parent_id"],
        "likes": row["likes_count"],
        "reply_count": row["answers_count"],
        "replies": [],
        "created_at": row["created_at"],
    }


def _new(comment: ListingComment, files: Files) -> dict[str, Any]:
    return {
        "id": comment.pk,
        "model_id": comment.listing_id,
        "user_id": comment.author_id,
        "user": person(comment.author, files),
        "content": comment.content,
        "parent_id": comment.parent_id,
        "likes": 0,
        "reply_count": 0,
        "replies": [],
        "created_at": comment.created_at,
    }
