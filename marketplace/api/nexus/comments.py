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
from config.dialects.nexus_comments import AUTHOR, CommentIn, CommentsQuery, ThreadOut, comment_shown, row_of
from config.dialects.nexus_objects import PersonOut
from marketplace.selectors import comments as selectors
from marketplace.services.comments import comment_remove, model_comment

Rows = list[Any]


class ModelCommentOut(ThreadOut):
    model_id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    user = PersonOut()


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

    @operation(body=CommentIn, answer=ModelCommentOut, status=201)
    def create(self, request: Request, id: int) -> Response:
        return self._written(id)

    @operation(body=CommentIn, answer=ModelCommentOut, status=201)
    def comment(self, request: Request, id: int) -> Response:
        """Another name of POST /models/{id}/comments."""
        return self._written(id)

    def _written(self, model_id: int) -> Response:
        comment = model_comment(actor=self.caller, model_id=model_id, **self.body())
        return self.answer(self._shown([row_of(comment)])[0])

    def _with_answers(self, rows: Rows) -> Rows:
        answers = selectors.first_answers([row["id"] for row in rows], columns=AUTHOR)
        return nested(self._shown(rows), self._shown(answers))

    def _shown(self, rows: Rows) -> Rows:
        files = Files(self.request)
        return [comment_shown(row, files, page=("listing_id", "model_id"), by="user") for row in rows]


class OneComment(NexusView):
    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int, comment_id: int) -> Response:
        """Takes off what it says; its answers stay. For its author and moderators."""
        comment_remove(actor=self.caller, comment_id=comment_id, model_id=id)
        return self.answer({"message": "Comment deleted"})
