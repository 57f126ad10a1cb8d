"""Pictures that were checked before local points were kept: described later, a few at a time, from their originals.

Until then copies of them inside other pictures are not seen. One that can be read no longer is left as it is; one whose
file cannot be had is tried again, less and less often, ten times at most.
"""

import logging
import time
import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from config.core.errors import DomainError, Invalid
from marketplace.choices import CheckState
from marketplace.duplicates.detector import FINGERPRINT, DetectorUnavailable, Fingerprint
from marketplace.models import Picture
from marketplace.services.gate import gate_lock, picture_enter
from marketplace.services.pictures.detection import as_seen, local_detector
from marketplace.services.pictures.uploads import image_of

logger = logging.getLogger(__name__)

AT_ONCE: Final = 100
SECONDS: Final = 20
MOST_ATTEMPTS: Final = 10
# A task's claim outlives the task itself, which is killed before.
CLAIMED_FOR: Final = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 10)


def pictures_describe() -> None:
    """Describe some of the pictures that have no local points. May run twice at once: each is claimed first."""
    now, started = timezone.now(), time.monotonic()
    waiting = _undescribed().filter(Q(check_claimed_until__isnull=True) | Q(check_claimed_until__lte=now))
    for picture_id in waiting.order_by("check_claimed_until", "pk").values_list("pk", flat=True)[:AT_ONCE]:
        if time.monotonic() - started < SECONDS:
            _describe(picture_id)


def _undescribed() -> QuerySet[Picture]:
    return Picture.objects.filter(
        check_state=CheckState.DONE, fingerprint_version=0, describe_attempts__lt=MOST_ATTEMPTS
    )


def _describe(picture_id: int) -> None:
    claim, now = uuid.uuid4(), timezone.now()
    free = Q(check_claimed_until__isnull=True) | Q(check_claimed_until__lte=now)
    taken = _undescribed().filter(free, pk=picture_id)
    if not taken.update(
        check_claim=claim, check_claimed_until=now + CLAIMED_FOR, describe_attempts=F("describe_attempts") + 1
    ):
        return
    picture = Picture.objects.filter(pk=picture_id, check_claim=claim).first()
    if picture is None:
        return
    found: Fingerprint | None = None
    try:
        found = local_detector().fingerprint(as_seen(image_of(picture)))
    except (ValueError, Invalid):
        pass  # it can be read no longer, and never will be: what is known of it stays
    except (DomainError, DetectorUnavailable, OSError) as error:
        logger.info("picture %s cannot be described now: %s", picture_id, error)
        delay = CLAIMED_FOR * 2 ** min(picture.describe_attempts, 8)
        Picture.objects.filter(pk=picture_id, check_claim=claim).update(check_claimed_until=timezone.now() + delay)
        return
    with transaction.atomic():
        gate_lock()
        locked = Picture.objects.select_for_update(of=("self",)).filter(pk=picture_id, check_claim=claim).first()
        if locked is None:
            return
        locked.fingerprint_version = FINGERPRINT
        locked.check_claim = locked.check_claimed_until = None
        fields = ["fingerprint_version", "check_claim", "check_claimed_until"]
        if found is not None:
            locked.codes, locked.points, locked.tones = found.codes, found.points, found.tones
            fields += ["codes", "points", "tones"]
        locked.save(update_fields=fields)
        if found is not None:
            picture_enter(locked)  # anew: what every process has of it came from the entry before
