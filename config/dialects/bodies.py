"""What comes in and goes out: JSON by orjson, and forms with files."""

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any, Final

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.functional import Promise
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import BaseRenderer

MOST_LEVELS: Final = 64
"""How deeply a body may be nested: no request needs five, and what validates or writes it again goes down as deep."""

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_NON_STR_KEYS


class BodyTooLarge(RequestDataTooBig):
    """`most` is how many bytes are taken, `size` how many came: 0 where nobody counted."""

    def __init__(self, most: int, size: int = 0) -> None:
        super().__init__()
        self.most = most
        self.size = size


class LengthNeeded(APIException):
    status_code = 411
    default_detail = "Send the length of the body (Content-Length): bodies in chunks are not taken here."
    default_code = "length_required"


def is_chunked(request: Any) -> bool:
    """Has it a body of a length that nobody has told yet?"""
    encoding = request.META.get("HTTP_TRANSFER_ENCODING", "")
    return "chunked" in encoding.lower() and not request.META.get("CONTENT_LENGTH")


def _default(value: Any) -> Any:
    if isinstance(value, Decimal | Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


class Renderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=_default, option=OPTIONS)


class Parser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge(limit)
        if not raw.strip():
            return {}
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"JSON parse error: {error}") from None
        if _is_too_deep(body):
            raise ParseError("The body is nested too deeply.")
        return body


def _is_too_deep(body: Any) -> bool:
    level = [body] if isinstance(body, dict | list) else []
    for _ in range(MOST_LEVELS):
        parts = (value.values() if isinstance(value, dict) else value for value in level)
        level = [part for values in parts for part in values if isinstance(part, dict | list)]
        if not level:
            return False
    return True


class UploadParser(MultiPartParser):
    """Multipart forms. One that is larger than any upload may be is refused before it is read; a view that takes larger
    files says how large by `upload_max_bytes`."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        most = getattr(parser_context.get("view"), "upload_max_bytes", settings.UPLOAD_MAX_BYTES)
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size > most:
            raise BodyTooLarge(most, size)
        return super().parse(stream, media_type, parser_context)


class BytesParser(BaseParser):
    """A body that is taken as it is, whatever it says it is: its bytes, of which a view takes `body_max_bytes`."""

    media_type = "*/*"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The bytes."""
        most = parser_context["view"].body_max_bytes
        raw: bytes = stream.read(most + 1)
        if len(raw) > most:
            raise BodyTooLarge(most)
        return raw
