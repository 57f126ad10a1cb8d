"""Nexus's uploads: files in one piece, and files in parts that go on after a break."""

from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.core.errors import Missing
from config.dialects.base import operation
from config.dialects.bodies import BytesParser
from config.dialects.nexus import MessageOut, NexusView
from marketplace.choices import PartsState, UploadKind
from marketplace.models import PartedUpload, UploadedFile
from marketplace.selectors.uploads import uploads_of
from marketplace.services.uploads import files, parts

Rows = list[Any]
LARGEST_FILE = 2**62


class FileIn(serializers.Serializer[Any]):
    """What a file is, its content says, not its name."""

    file = serializers.FileField(max_length=255, allow_empty_file=True)


class UploadedOut(serializers.Serializer[Any]):
    """`url` of images and avatars is public, and what is behind it was made anew of what was sent; that of 3-D files
    and documents is a signed link that expires. What nothing uses is let go of after a week.
    """

    file_id = serializers.UUIDField()
    kind = serializers.ChoiceField(UploadKind.choices)
    url = serializers.URLField()
    filename = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    created_at = serializers.DateTimeField()


class ListedOut(UploadedOut):
    in_use = serializers.BooleanField(help_text="A model is made of it or shows it, or something else refers to it.")


class BeginIn(serializers.Serializer[Any]):
    filename = serializers.CharField(max_length=255)
    size = serializers.IntegerField(min_value=1, max_value=LARGEST_FILE, help_text="Bytes of the whole file.")
    kind = serializers.ChoiceField([UploadKind.MODEL, UploadKind.DOCUMENT, UploadKind.IMAGE], default=UploadKind.MODEL)
    sha256 = serializers.CharField(max_length=64, required=False, help_text="Of the whole file: 64 hexadecimal digits.")


class PartQuery(serializers.Serializer[Any]):
    sha256 = serializers.CharField(max_length=64, required=False, help_text="Of this part: 64 hexadecimal digits.")


class PartsOut(serializers.Serializer[Any]):
    """An upload in parts. Each part has `part_size` bytes, the last one the rest; they come in any order."""

    file_id = serializers.UUIDField(help_text="Of this upload. The file has one of its own, once it is complete.")
    filename = serializers.CharField()
    kind = serializers.ChoiceField(UploadKind.choices)
    size = serializers.IntegerField()
    part_size = serializers.IntegerField()
    part_count = serializers.IntegerField()
    received = serializers.ListField(child=serializers.IntegerField(), help_text="Numbers of parts, counted from 1.")
    state = serializers.ChoiceField(PartsState.choices)
    file = UploadedOut(allow_null=True, help_text="Once it is complete.")
    expires_at = serializers.DateTimeField(help_text="48 hours after the last part.")


class UploadView(NexusView):
    def uploaded(self, upload: UploadedFile) -> dict[str, Any]:
        return {
            "file_id": str(upload.uuid),
            "kind": upload.kind,
            "url": self.request.build_absolute_uri(files.upload_url(upload)),
            "filename": upload.file_name,
            "content_type": upload.content_type,
            "size": upload.byte_size,
            "created_at": upload.created_at,
        }

    def parted(self, parted: PartedUpload) -> dict[str, Any]:
        return {
            "file_id": str(parted.uuid),
            "filename": parted.file_name,
            "kind": parted.kind,
            "size": parted.byte_size,
            "part_size": parted.part_size,
            "part_count": parted.part_count,
            "received": sorted(part.number for part in parted.parts.all()),
            "state": parted.state,
            "file": self.uploaded(parted.upload) if parted.upload is not None else None,
            "expires_at": parted.expires_at,
        }


class Own(UploadView):
    @operation(answer=ListedOut, rows="page")
    def list(self, request: Request) -> Response:
        """The caller's own, the newest first."""
        return self.page(uploads_of(actor=self.caller), self._shown)

    def _shown(self, uploads: Rows) -> Rows:
        return [self.uploaded(upload) | {"in_use": upload.is_used} for upload in uploads]


class Uploads(UploadView):
    """Pictures and documents, up to 10 MB."""

    def _kept(self, kind: UploadKind) -> Response:
        return self.answer(
            self.uploaded(files.file_upload(actor=self.caller, kind=kind, file=self.body()["file"])), status=201
        )

    @operation(body=FileIn, answer=UploadedOut, status=201, multipart=True)
    def image(self, request: Request) -> Response:
        """For thumbnails and previews: JPEG, PNG, GIF, WebP, HEIC or AVIF."""
        return self._kept(UploadKind.IMAGE)

    @operation(body=FileIn, answer=UploadedOut, status=201, multipart=True)
    def avatar(self, request: Request) -> Response:
        """Only stored: PUT /users/me with its `url` as `avatar_url` shows it."""
        return self._kept(UploadKind.AVATAR)

    @operation(body=FileIn, answer=UploadedOut, status=201, multipart=True)
    def document(self, request: Request) -> Response:
        """For attachments: PDF, text, Word, images, zip and 3-D files."""
        return self._kept(UploadKind.DOCUMENT)

    @operation(answer=MessageOut)
    def delete(self, request: Request, file_id: str) -> Response:
        files.upload_delete(actor=self.caller, file_id=file_id)
        return self.answer({"message": "File deleted"})


class ModelUploads(UploadView):
    upload_max_bytes: ClassVar = settings.MESH_MAX_BYTES + files.FORM_BYTES

    def _kept(self) -> Response:
        upload = files.file_upload(actor=self.caller, kind=UploadKind.MODEL, file=self.body()["file"])
        return self.answer(self.uploaded(upload), status=201)

    @operation(body=FileIn, answer=UploadedOut, status=201, multipart=True)
    def model(self, request: Request) -> Response:
        """GLB, glTF, STL, OBJ, PLY or 3MF, which a model is made of by POST /models/upload; or FBX, BLEND or ZIP, which
        stand beside such a file. Up to 200 MB."""
        return self._kept()

    @operation(body=FileIn, answer=UploadedOut, status=201, multipart=True)
    def model_file(self, request: Request) -> Response:
        """Another name of POST /upload/model."""
        return self._kept()


class Parts(UploadView):
    """Uploads in parts: begin, PUT each part, complete. GET says which parts have come, after a break too."""

    @operation(body=BeginIn, answer=PartsOut, status=201)
    def begin(self, request: Request) -> Response:
        sent = self.body()
        parted = parts.parts_begin(
            actor=self.caller,
            kind=UploadKind(sent["kind"]),
            file_name=sent["filename"],
            size=sent["size"],
            sha256=sent.get("sha256", "").lower(),
        )
        return self.answer(self.parted(parted), status=201)

    @operation(answer=PartsOut)
    def state(self, request: Request, file_id: str) -> Response:
        return self.answer(self.parted(parts.parts_of(actor=self.caller, file_id=file_id)))

    @operation(answer=MessageOut)
    def cancel(self, request: Request, file_id: str) -> Response:
        parts.parts_cancel(actor=self.caller, file_id=file_id)
        return self.answer({"message": "Upload cancelled"})

    @operation(answer=UploadedOut, status=201)
    def complete(self, request: Request, file_id: str) -> Response:
        """Again it gives the same file. While parts are missing it is 409, and `missing` names them."""
        return self.answer(self.uploaded(parts.parts_complete(actor=self.caller, file_id=file_id)), status=201)


class Part(UploadView):
    parser_classes = (BytesParser,)  # type: ignore[assignment]
    body_max_bytes: ClassVar = parts.PART_BYTES

    @operation(query=PartQuery, answer=PartsOut)
    def part(self, request: Request, file_id: str, number: str) -> Response:
        """The body is the part, whatever its media type. Sent again, it takes the place of the first."""
        if not number.isascii() or not number.isdigit() or len(number) > 6:
            raise Missing("Part")
        parted = parts.part_put(
            actor=self.caller,
            file_id=file_id,
            number=int(number),
            data=request.data if isinstance(request.data, bytes) else b"",
            sha256=self.query().get("sha256", ""),
        )
        return self.answer(self.parted(parted))
