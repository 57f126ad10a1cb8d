"""CultureUp's admin API: appeals against duplicate checks."""

from typing import Any, ClassVar, get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adminpanel.api.cultureup.admin_content import MODERATION_STATUS, STATUSES_OF_WORD
from adminpanel.api.fields import link_to, private_link_to
from adminpanel.api.permissions import MayModerate
from config.dialects.base import operation
from config.dialects.cultureup import CultureupAdminView
from marketplace.choices import AppealState, Status, Verdict
from marketplace.duplicates.detector import Risk, risk
from marketplace.models import Appeal, MeshFile, Picture
from marketplace.selectors.moderation import appeals_for_moderation
from marketplace.services.appeals import appeal_decide


class AppealsQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(AppealState.choices, default=AppealState.OPEN)


class AppealedArtwork(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    artist = serializers.IntegerField()
    artist_username = serializers.CharField()
    moderation_status = serializers.ChoiceField(list(STATUSES_OF_WORD))
    image_url = serializers.URLField(allow_null=True)


class AppealedModel(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    creator = serializers.IntegerField()
    creator_username = serializers.CharField()
    moderation_status = serializers.ChoiceField(list(STATUSES_OF_WORD))
    image_url = serializers.URLField(allow_null=True)


class AppealRow(serializers.ModelSerializer[Appeal]):
    """Both works side by side, and why they were found alike. Pictures are shown by links to their originals that
    expire, 3-D models by their thumbnails; `artwork` is null for a model, `model` for an artwork."""

    author = serializers.CharField(source="author.username")
    artwork = serializers.SerializerMethodField()
    matched_artwork = serializers.SerializerMethodField()
    model = serializers.SerializerMethodField()
    matched_model = serializers.SerializerMethodField()
    similarity_score = serializers.DecimalField(max_digits=5, decimal_places=2, source="subject.similarity_score")
    duplicate_risk = serializers.SerializerMethodField()
    verdict = serializers.ChoiceField(Verdict.choices, source="subject.verdict")
    evidence = serializers.DictField(source="subject.evidence")
    evidence_picture_url = serializers.SerializerMethodField()
    decided_by = serializers.SerializerMethodField()

    class Meta:
        model = Appeal
        fields: ClassVar = [
            *("id", "state", "reason", "author", "artwork", "matched_artwork", "model", "matched_model"),
            *("similarity_score", "duplicate_risk", "verdict", "evidence"),
            "evidence_picture_url",
            *("answer", "decided_by", "decided_at", "created_at"),
        ]

    def _shown(self, artwork: Any, picture: Picture | None) -> dict[str, Any]:
        return {
            "id": artwork.pk,
            "title": artwork.title,
            "artist": artwork.seller_id,
            "artist_username": artwork.seller.username,
            "moderation_status": MODERATION_STATUS[Status(artwork.status)],
            "image_url": private_link_to(picture and picture.original, self.context["request"]),
        }

    def _model(self, mesh: MeshFile | None) -> dict[str, Any] | None:
        """The first of the models that show a file."""
        model = next(iter(mesh.shown_by.all()), None) if mesh is not None else None
        if mesh is None or model is None:
            return None
        return {
            "id": model.pk,
            "title": model.title,
            "creator": model.seller_id,
            "creator_username": model.seller.username,
            "moderation_status": MODERATION_STATUS[Status(model.status)],
            "image_url": link_to(mesh.thumbnail, self.context["request"]),
        }

    @extend_schema_field(AppealedModel(allow_null=True))
    def get_model(self, appeal: Appeal) -> dict[str, Any] | None:
        return self._model(appeal.mesh)

    @extend_schema_field(AppealedModel(allow_null=True))
    def get_matched_model(self, appeal: Appeal) -> dict[str, Any] | None:
        return self._model(appeal.mesh.matched) if appeal.mesh is not None else None

    @extend_schema_field(AppealedArtwork(allow_null=True))
    def get_artwork(self, appeal: Appeal) -> dict[str, Any] | None:
        return self._shown(appeal.picture.artwork, appeal.picture) if appeal.picture is not None else None

    @extend_schema_field(AppealedArtwork(allow_null=True))
    def get_matched_artwork(self, appeal: Appeal) -> dict[str, Any] | None:
        listing = appeal.picture.matched if appeal.picture is not None else None
        if listing is None:
            return None
        artwork = getattr(listing, "artwork", None)
        return self._shown(listing, artwork and artwork.picture)

    @extend_schema_field(serializers.ChoiceField(get_args(Risk)))
    def get_duplicate_risk(self, appeal: Appeal) -> str:
        return risk(appeal.subject.similarity_score)

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_evidence_picture_url(self, appeal: Appeal) -> str | None:
        """Of a 3-D model, where its shape agrees with the other one."""
        return private_link_to(appeal.mesh and appeal.mesh.evidence_picture, self.context["request"])

    def get_decided_by(self, appeal: Appeal) -> str | None:
        return appeal.decided_by.username if appeal.decided_by else None


class DecisionIn(serializers.Serializer[Any]):
    accept = serializers.BooleanField()
    answer = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class DecidedAppeal(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(AppealState.choices)
    answer = serializers.CharField()
    artwork_id = serializers.IntegerField(allow_null=True)
    decided_at = serializers.DateTimeField()


class AppealDecided(serializers.Serializer[Any]):
    message = serializers.CharField()
    appeal = DecidedAppeal()


class Appeals(CultureupAdminView):
    @operation(query=AppealsQuery, answer=AppealRow, rows="page", who=MayModerate)
    def list(self, request: Request) -> Response:
        rows = appeals_for_moderation(actor=request.user).filter(state=self.query()["state"])
        return self.page(rows.select_related("picture__matched__artwork__picture"))

    @operation(body=DecisionIn, answer=AppealDecided, who=MayModerate)
    def decide(self, request: Request, id: int) -> Response:
        appeal = appeal_decide(actor=request.user, appeal_id=id, **self.body())
        about = {
            "id": appeal.pk,
            "state": appeal.state,
            "answer": appeal.answer,
            "artwork_id": appeal.picture and appeal.picture.artwork_id,
            "decided_at": appeal.decided_at,
        }
        return self.answer({"message": f"Appeal {appeal.state}", "appeal": about})
