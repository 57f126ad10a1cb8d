"""Files on disk as a browser reads them: whole, in parts (RFC 9110, section 14), or not again."""

import mimetypes
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, Storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date
from werkzeug.http import parse_if_range_header, parse_range_header

CHUNK = 64 * 1024


def served(
    request: HttpRequest, storage: Storage, name: str, *, caching: str, download_as: str | None = None
) -> HttpResponseBase:
    """A file of a storage on disk. `caching` is the answer's Cache-Control, `download_as` the name to be saved under.

    Of several parts asked for at once, which no browser does, the whole is given. Raises Http404.
    """
    if not isinstance(storage, FileSystemStorage):
        raise Http404
    try:
        opened = cast(BinaryIO, storage.open(name).file)
    except (OSError, ValueError, SuspiciousFileOperation):
        raise Http404 from None
    status = os.fstat(opened.fileno())
    response = _answer(request, opened, status, mimetypes.guess_type(name)[0] or "application/octet-stream")
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = caching
    if disposition := content_disposition_header(download_as is not None, download_as or ""):
        response["Content-Disposition"] = disposition
    # Whatever a file claims to be, a browser must not run it on this site.
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _answer(request: HttpRequest, opened: BinaryIO, status: os.stat_result, kind: str) -> Any:
    tag, changed = f'"{status.st_mtime_ns:x}-{status.st_size:x}"', int(status.st_mtime)
    response: Any = get_conditional_response(request, tag, changed)
    if response is None:
        response = _part(request, opened, status.st_size, tag, changed, kind)
    if response is None:
        response = FileResponse(opened, content_type=kind)
        del response["Content-Disposition"]
    elif not response.streaming:
        opened.close()
    response["ETag"] = tag
    response["Last-Modified"] = http_date(changed)
    return response


def _part(
    request: HttpRequest, opened: BinaryIO, size: int, tag: str, changed: int, kind: str
) -> HttpResponseBase | None:
    """What was asked for by Range, if it was and the file is still that of If-Range."""
    asked = parse_range_header(request.headers.get("Range"))
    if request.method != "GET" or asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    if_range = request.headers.get("If-Range", "")
    known = parse_if_range_header(if_range)
    if known.etag is not None and if_range.strip() != tag:  # a weak tag says nothing of bytes
        return None
    if known.date is not None and known.date != datetime.fromtimestamp(changed, UTC):
        return None
    start, end = asked.ranges[0]
    start = start if start >= 0 else max(start + size, 0)
    stop = size if end is None else min(end, size)
    if start >= stop:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}, content_type=kind)
    response = StreamingHttpResponse(_read(opened, start, stop), status=206, content_type=kind)
    response._resource_closers.append(opened.close)  # type: ignore[attr-defined] # also when nothing is read
    response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response["Content-Length"] = str(stop - start)
    return response


def _read(opened: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    opened.seek(start)
    while start < stop and (read := opened.read(min(CHUNK, stop - start))):
        start += len(read)
        yield read
