"""v1's upload of 3-D files."""

from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.v1 import TagsField, V1View
from marketplace.choices import MeshFormat, MeshState
from marketplace.models import MeshFile, Model3D
from marketplace.services.models_3d.models import ModelDetails
from marketplace.services.models_3d.uploads import model_take_in

LONGEST_TEXT = 20_000
FORM_BYTES = 1024 * 1024
"""What a form may have beside its file."""


class UploadIn(serializers.Serializer[Any]):
    """STL, OBJ, GLB, glTF, 3MF or PLY, judged by the content, up to 200 MB."""

    file = serializers.FileField(max_length=255)
    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    project_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    designer = serializers.CharField(max_length=200, required=False, allow_blank=True)
    tags = TagsField(required=False)


class UploadedOut(serializers.Serializer[Any]):
    """`id` and `model_id` are the same model. `file_path` is a name to show, no address. `thumbnail` and `analysis`
    are as far as the workers have come."""

    id = serializers.UUIDField()
    model_id = serializers.IntegerField()
    name = serializers.CharField()
    file_name = serializers.CharField()
    file_path = serializers.CharField()
    file_size = serializers.CharField()
    file_type = serializers.ChoiceField(MeshFormat.choices)
    description = serializers.CharField(allow_null=True)
    web_link = serializers.URLField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    thumbnail = serializers.URLField(allow_null=True)
    project_name = serializers.CharField(allow_null=True)
    designer = serializers.CharField(allow_null=True)
    created_by_user_id = serializers.IntegerField()
    analysis = serializers.ChoiceField(MeshState.choices)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class Models(V1View):
    upload_max_bytes: ClassVar = settings.MESH_MAX_BYTES + FORM_BYTES

    @operation(body=UploadIn, answer=UploadedOut, status=201, multipart=True, idempotent=True)
    def upload_stl(self, request: Request) -> Response:
        """Stored and analysed, not published: give its number to a design as `original_model_id`."""
        sent = self.body()
        details = ModelDetails(
            title=sent["name"],
            description=sent.get("description", ""),
            project_name=sent.get("project_name", ""),
            designer=sent.get("designer", ""),
            tags=sent.get("tags", []),
        )
        model = model_take_in(
            actor=self.caller,
            channel=self.dialect,
            file=sent["file"],
            details=details,
            wait=settings.MESH_CHECK_WAIT,
            once=self.once,
        )
        assert model.mesh is not None  # noqa: S101 (it was made of one)
        return self.answer(self._shown(model, model.mesh))

    def _shown(self, model: Model3D, mesh: MeshFile) -> dict[str, Any]:
        return {
            "id": str(model.uuid),
            "model_id": model.pk,
            "name": model.title,
            "file_name": mesh.file_name,
            "file_path": f"/uploads/{model.uuid}/{mesh.file_name}",
            "file_size": size_in_words(mesh.byte_size),
            "file_type": mesh.format,
            "description": model.description or None,
            "web_link": None,
            "tags": model.tags,
            "thumbnail": self.request.build_absolute_uri(mesh.thumbnail.url) if mesh.thumbnail else None,
            "project_name": model.project_name or None,
            "designer": model.designer or None,
            "created_by_user_id": model.seller_id,
            "analysis": mesh.state,
            "created_at": model.created_at,
            "updated_at": model.updated_at,
        }


def size_in_words(count: int) -> str:
    """15.5 MB, where a MB has 1024 KB."""
    if count < 1024:
        return f"{count} bytes"
    size = count / 1024
    return f"{size:.1f} KB" if size < 1024 else f"{size / 1024:.1f} MB"
