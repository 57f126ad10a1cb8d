"""What is known of a model's file: how far its analysis is, its versions, and models of a like shape."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import NexusView
from config.dialects.nexus_objects import STATUS, ModelMiniOut, mini_columns, model_mini
from marketplace import policies
from marketplace.choices import MeshFormat
from marketplace.selectors import models_3d as selectors
from marketplace.selectors.resemblances import standings

MINI = mini_columns()


class MatchedModelOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField(allow_null=True)
    creator = serializers.CharField()


class DuplicateCheckOut(serializers.Serializer[Any]):
    """Of a file that was held or refused as a copy. `matched_model` is null where the other is gone, its title where it
    is not public."""

    verdict = serializers.ChoiceField(["held", "refused"])
    similarity_score = serializers.FloatField(min_value=0, max_value=100)
    explanation = serializers.CharField(allow_blank=True)
    matched_model = MatchedModelOut(allow_null=True)
    picture_url = serializers.URLField(allow_null=True)


class AnalysisOut(serializers.Serializer[Any]):
    """`state` of the file: waiting, running, done, failed, or none while there is no file. `percent` is 100 once it has
    ended, however it ended. `error` is what is wrong with the file; `reason` why the model was rejected;
    `status_reason` (ours) that, or why it waits.

    Open sockets of its maker get `{"type": "model_analysis", "model_ids", "state", "percent"}` while it runs, and a
    notification at its end.
    """

    model_id = serializers.IntegerField()
    state = serializers.ChoiceField(["none", "waiting", "running", "done", "failed"])
    percent = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["pending", "approved", "rejected"])
    reason = serializers.CharField(allow_null=True)
    status_reason = serializers.CharField(allow_null=True)
    duplicate_check = DuplicateCheckOut(allow_null=True)
    analysed_at = serializers.DateTimeField(allow_null=True)


class VersionOut(serializers.Serializer[Any]):
    """A file that the model has, or had. Buyers get a link to any of them by GET /purchases/…/download-link?version=;
    `file_url` is for its maker and moderators alone."""

    version = serializers.IntegerField()
    is_current = serializers.BooleanField()
    filename = serializers.CharField()
    format = serializers.ChoiceField(MeshFormat.choices)
    file_size = serializers.IntegerField()
    poly_count = serializers.IntegerField(allow_null=True)
    vertex_count = serializers.IntegerField(allow_null=True)
    file_url = serializers.URLField(allow_null=True)
    created_at = serializers.DateTimeField()


class SimilarQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, default=12)


class SimilarOut(ModelMiniOut):
    similarity = serializers.FloatField(help_text="Of the shapes, 0 to 100.")


MOST_SIMILAR = 48


class Analyses(NexusView):
    @operation(answer=AnalysisOut)
    def analysis(self, request: Request, id: int) -> Response:
        """For its maker and moderators."""
        model, rejected = selectors.model_analysed(actor=self.caller, model_id=id)
        # A draft is called pending here, so why it cannot be more yet is told of it too.
        mesh, told = model.mesh, standings(actor=self.caller, models=[model], with_drafts=True)[model.pk]
        alike = told.resemblance
        return self.answer(
            {
                "model_id": model.pk,
                "state": mesh.state if mesh is not None else "none",
                "percent": 0 if mesh is None else 100 if mesh.state in ("done", "failed") else mesh.progress,
                "error": (mesh.error if mesh is not None and mesh.state == "failed" else "") or None,
                "status": STATUS[model.status],
                "reason": rejected.reason or None if rejected is not None else None,
                "status_reason": told.reason or None,
                "duplicate_check": alike
                and {
                    "verdict": alike.verdict.value,
                    "similarity_score": alike.score,
                    "explanation": alike.explanation,
                    "matched_model": alike.model,
                    "picture_url": Files(request).private(alike.picture),
                },
                "analysed_at": mesh.analysed_at if mesh is not None else None,
            }
        )


class Versions(NexusView):
    @operation(answer=VersionOut, rows="all", who=AllowAny)
    def versions(self, request: Request, id: int) -> Response:
        """The newest first. Older ones are kept where somebody ordered the model."""
        found = selectors.versions_of(actor=request.user, model_id=id)
        files, newest = Files(request), max((version.number for version in found), default=0)
        may_read = bool(found) and (policies.owns(request.user, found[0].model) or policies.may_moderate(request.user))
        return Response(
            [
                {
                    "version": version.number,
                    "is_current": version.number == newest,
                    "filename": version.mesh.file_name,
                    "format": version.mesh.format,
                    "file_size": version.mesh.byte_size,
                    "poly_count": version.mesh.triangle_count,
                    "vertex_count": version.mesh.vertex_count,
                    "file_url": files.private(str(version.mesh.original.name)) if may_read else None,
                    "created_at": version.created_at,
                }
                for version in found
            ]
        )


class Similar(NexusView):
    @operation(query=SimilarQuery, answer=SimilarOut, rows="all", who=AllowAny)
    def similar(self, request: Request, id: int) -> Response:
        """Others on sale whose shape is most alike, the most alike first. `limit` is cut to 48."""
        model = selectors.model_visible(actor=request.user, reference=id)
        shown = min(self.query()["limit"], MOST_SIMILAR)
        files = Files(request)
        found = selectors.models_similar(like=model, columns=MINI, shown=shown)
        return Response([model_mini(row, "", files) | {"similarity": likeness} for row, likeness in found])
