"""Nexus's moderation of 3-D models."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.nexus import MessageOut
from config.dialects.nexus_objects import ModelOut
from config.dialects.permissions import asking
from marketplace import policies
from marketplace.api.nexus.models import COLUMNS, STATUSES, ModelsView
from marketplace.choices import Status
from marketplace.selectors import models_3d as selectors
from marketplace.services.models_3d import moderation

MOST_PENDING = 1000
NO_REASON = {"detail": [{"loc": ["query", "reason"], "msg": "Field required", "type": "missing"}]}


class ModerationQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(list(STATUSES), required=False)
    search = serializers.CharField(max_length=200, required=False)


class ModelReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000, required=False, help_text="Or `?reason=`; one of them is needed.")


class ReasonQuery(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000, required=False)


class AdminModels(ModelsView):
    @operation(query=ModerationQuery, answer=ModelOut, rows="page", who=asking(policies.may_moderate))
    def list(self, request: Request) -> Response:
        """Everybody's, the newest first; with status=pending what waits for a decision, the oldest first."""
        sent = self.query()
        status = sent.get("status", "")
        statuses = (Status.PENDING,) if status == "pending" else STATUSES.get(status)
        rows = selectors.models_for_moderation(
            actor=self.caller, columns=COLUMNS, statuses=statuses, search=sent.get("search", "")
        )
        return self.page(rows, self.shown)

    @operation(answer=ModelOut, rows="all")
    def pending(self, request: Request) -> Response:
        """What waits for a decision, the oldest first: a thousand at most."""
        rows = selectors.models_for_moderation(actor=self.caller, columns=COLUMNS, statuses=(Status.PENDING,))
        return Response(self.shown([*rows[:MOST_PENDING]]))

    @operation(answer=MessageOut)
    def approve(self, request: Request, id: int) -> Response:
        """409 before the analysis of its file has ended."""
        moderation.model_approve(actor=self.caller, model_id=id)
        return self.answer({"message": "Model approved successfully"})

    @operation(body=ModelReasonIn, query=ReasonQuery, answer=MessageOut, who=asking(policies.may_moderate))
    def reject(self, request: Request, id: int) -> Response:
        reason = self.query().get("reason") or self.body().get("reason", "")
        moderation.may_decide(self.caller)
        if not reason.strip():
            return Response(NO_REASON, status=422)
        moderation.model_reject(actor=self.caller, model_id=id, reason=reason)
        return self.answer({"message": "Model rejected"})
