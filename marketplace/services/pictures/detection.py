"""The process's duplicate detector, and the rows it compares with."""

import threading
from collections.abc import Iterable, Iterator

from django.conf import settings

from config.core.errors import Busy, DomainError, Limited
from config.core.images.intake import ReadImage
from marketplace.duplicates.detector import Detector, DetectorUnavailable, StoredDetail, StoredFingerprint
from marketplace.duplicates.local import LocalDetector
from marketplace.duplicates.pictures import Picture, jpeg_rendition
from marketplace.models import Artwork, ComparedPicture
from marketplace.services.pictures import uploads

_BATCH = 2000
_building = threading.Lock()
_detector: Detector | None = None


class PictureStore:
    """A detector's view of the pictures that passed the gate. Its row ids are those of `ComparedPicture`."""

    def rows(self, after: int) -> Iterator[StoredFingerprint]:
        columns = (
            "pk",
            "picture__artwork_id",
            "picture__origin_id",
            "picture__sha256",
            "picture__hashes",
            "picture__codes",
        )
        found = ComparedPicture.objects.filter(pk__gt=after).order_by("pk").values_list(*columns)
        for pk, artwork_id, origin_id, sha256, hashes, codes in found.iterator(chunk_size=_BATCH):
            yield StoredFingerprint(pk, artwork_id, origin_id, sha256, bytes(hashes), bytes(codes))

    def details(self, ids: Iterable[int]) -> dict[int, StoredDetail]:
        columns = (
            "pk",
            "picture__features",
            "picture__labels",
            "picture__face_count",
            "picture__codes",
            "picture__points",
            "picture__tones",
        )
        found = ComparedPicture.objects.filter(pk__in=list(ids)).values_list(*columns)
        return {
            pk: StoredDetail(bytes(features), labels, faces, bytes(codes), bytes(points), tones)
            for pk, features, labels, faces, codes, points, tones in found
        }

    def picture(self, work_id: int) -> bytes:
        artwork = Artwork.objects.select_related("picture").filter(pk=work_id, picture__isnull=False).first()
        if artwork is None or artwork.picture is None:
            raise LookupError(work_id)
        try:
            return jpeg_rendition(uploads.image_of(artwork.picture).display)
        except (Busy, Limited) as error:
            raise DetectorUnavailable("The other picture cannot be read now.") from error
        except DomainError as error:
            raise LookupError(work_id) from error


def as_seen(image: ReadImage) -> Picture:
    """What a detector looks at of an upload."""
    return Picture(image.sha256, image.display, image.moments)


def detector() -> Detector:
    """The one of this process, built when it is first needed."""
    global _detector
    if _detector is None:
        with _building:
            if _detector is None:
                _detector = _build()
    return _detector


def local_detector() -> LocalDetector:
    """One that describes pictures without asking anybody else; not to compare with, since it would load all."""
    return LocalDetector(PictureStore())


def detector_forget() -> None:
    """Build it anew at the next use, after settings changed."""
    global _detector
    _detector = None


def _build() -> Detector:
    local = LocalDetector(PictureStore())
    if settings.DUPLICATE_DETECTOR != "rekognition":
        return local
    from marketplace.duplicates.rekognition import RekognitionDetector, build_client

    client = build_client(
        region=settings.AWS_S3_REGION_NAME,
        endpoint_url=settings.AWS_REKOGNITION_ENDPOINT_URL,
        access_key=settings.AWS_ACCESS_KEY_ID or None,
        secret_key=settings.AWS_SECRET_ACCESS_KEY or None,
    )
    return RekognitionDetector(local, client)
