"""The duplicate check of a picture: claimed, compared, and settled exactly once.

Whoever checks a picture first takes a claim on it, for a limited time. The outcome is written only by the holder of
the claim, under the gate's lock, so a check taken up twice (a worker killed, a queue that repeats) is settled once.
"""

import logging
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.actors import SYSTEM
from config.core.announce import enqueue_after_commit
from config.core.errors import Busy, Invalid, Limited, Missing
from config.core.images.intake import ReadImage
from config.core.metrics import gateway_failed
from marketplace.choices import CheckState, Status, Verdict
from marketplace.duplicates.detector import (
    FINGERPRINT,
    HOLD,
    REJECT,
    Comparison,
    Detector,
    DetectorUnavailable,
    Evidence,
    Fingerprint,
    Match,
)
from marketplace.models import Artwork, ComparedPicture, Picture
from marketplace.services import notices
from marketplace.services.gate import gate_lock, picture_enter
from marketplace.services.listings import artwork_lock, status_change
from marketplace.services.pictures import verdicts
from marketplace.services.pictures.detection import as_seen, detector
from marketplace.services.pictures.uploads import image_of

logger = logging.getLogger(__name__)

# A task's claim outlives the task itself, which is killed before.
CLAIMED_FOR = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 10)
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=5), timedelta(hours=1)
SWEPT_AT_ONCE = 200
CAUGHT_UP = 3
"""Times that what came meanwhile is compared before the gate is held; after that, while it is held."""
BEFORE = "That is said of a picture of yours that was refused before."
COPY_REASON = "The picture is a copy of another work."


@dataclass
class Outcome:
    verdict: Verdict
    score: Decimal = Decimal(0)
    matched_id: int | None = None
    origin_id: int | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


def picture_check(
    picture_id: int, *, claim: uuid.UUID | None = None, image: ReadImage | None = None, deadline: float | None = None
) -> None:
    """Check a picture and settle what follows. Does nothing for one that is settled, gone, or claimed by another.

    A request that holds the claim already gives it, with the upload it has read and a `deadline` (`time.monotonic()`);
    what it does not finish is handed to the workers. Without a claim this is a worker, and the artist is told the
    outcome.
    """
    in_request = claim is not None
    claim = claim or _claimed(picture_id)
    if claim is None:
        return
    try:
        picture = Picture.objects.filter(pk=picture_id, check_claim=claim).first()
        if picture is not None:
            _judge(picture, claim, image, deadline, tell=not in_request)
    except Exception as error:  # whatever went wrong: the picture stays unchecked, and the check is repeated
        if isinstance(error, DetectorUnavailable):
            gateway_failed("duplicate_detector")
        elif not isinstance(error, (Limited, Busy)):
            logger.exception("the check of picture %s failed", picture_id)
        _postpone(picture_id, claim, error, at_once=in_request)


def picture_checks_sweep() -> None:
    """Hand to the workers what waits for a check, or whose claim has run out; and renditions that are missing."""
    now = timezone.now()
    due = Picture.objects.exclude(check_state=CheckState.DONE).filter(_free(now)).order_by("created_at")
    for picture_id in due.values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        enqueue_after_commit("marketplace.tasks.picture_check", picture_id)
    unrendered = Picture.objects.filter(watermarked="", created_at__lt=now - CLAIMED_FOR).order_by("created_at")
    for picture_id in unrendered.values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        enqueue_after_commit("marketplace.tasks.rendition_make", picture_id)


def _free(now: datetime) -> Q:
    return Q(check_claimed_until__isnull=True) | Q(check_claimed_until__lte=now)


def _claimed(picture_id: int) -> uuid.UUID | None:
    claim, now = uuid.uuid4(), timezone.now()
    waiting = Picture.objects.exclude(check_state=CheckState.DONE).filter(_free(now), pk=picture_id)
    taken = waiting.update(
        check_state=CheckState.RUNNING,
        check_claim=claim,
        check_claimed_until=now + CLAIMED_FOR,
        check_attempts=F("check_attempts") + 1,
    )
    return claim if taken else None


def _postpone(picture_id: int, claim: uuid.UUID, error: Exception, *, at_once: bool) -> None:
    """Give the claim back. The next try is free at once, or after a delay that doubles with each."""
    with transaction.atomic():
        picture = Picture.objects.select_for_update(of=("self",)).filter(pk=picture_id, check_claim=claim).first()
        if picture is None or picture.is_checked:
            return
        delay = timedelta(0) if at_once else min(FIRST_DELAY * 2 ** min(picture.check_attempts, 12), LONGEST_DELAY)
        picture.check_state = CheckState.WAITING
        picture.check_claim = None
        picture.check_claimed_until = timezone.now() + delay
        picture.check_error = f"{type(error).__name__}: {error}"[:200]
        picture.save(update_fields=["check_state", "check_claim", "check_claimed_until", "check_error"])
        if at_once:
            enqueue_after_commit("marketplace.tasks.picture_check", picture_id)


def _judge(picture: Picture, claim: uuid.UUID, image: ReadImage | None, deadline: float | None, *, tell: bool) -> None:
    judge = detector()
    try:
        fingerprint = judge.fingerprint(as_seen(image or image_of(picture)), deadline=deadline)
    except (ValueError, Invalid):
        # It was taken in, yet a later frame is damaged, or today's limits are lower: the digest is all there is, and a
        # moderator looks.
        fingerprint = Fingerprint(sha256=picture.sha256, hashes=b"", quality=0, features=b"")
    seen = [judge.compare(fingerprint, owner_id=picture.owner_id, deadline=deadline)]
    for rounds in range(CAUGHT_UP + 1):
        with transaction.atomic():
            gate_lock()
            came = ComparedPicture.objects.filter(pk__gt=seen[-1].newest).exists()
            if not came or rounds == CAUGHT_UP:
                if came:
                    seen.append(_since(judge, fingerprint, picture, seen[-1], deadline))
                _enter(picture, claim, fingerprint, seen, detector_name=judge.name, tell=tell)
                return
        # A comparison may take its time, or ask another company: others pass the gate meanwhile.
        seen.append(_since(judge, fingerprint, picture, seen[-1], deadline))


def _since(
    judge: Detector, fingerprint: Fingerprint, picture: Picture, seen: Comparison, deadline: float | None
) -> Comparison:
    return judge.compare(fingerprint, after=seen.newest, owner_id=picture.owner_id, deadline=deadline)


def _enter(
    picture: Picture,
    claim: uuid.UUID,
    fingerprint: Fingerprint,
    seen: list[Comparison],
    *,
    detector_name: str,
    tell: bool,
) -> None:
    """Settle a check behind the gate: nobody else enters now, and the picture has been compared with all who did."""
    try:
        artwork = artwork_lock(picture.artwork_id)
    except Missing:
        return
    locked = Picture.objects.select_for_update(of=("self",)).filter(pk=picture.pk, check_claim=claim).first()
    if locked is None:  # the claim ran out, and another has settled it or is about to
        return
    outcome = _outcome(locked, fingerprint, *seen)
    _write(locked, fingerprint, outcome, detector_name=detector_name, compared=sum(one.compared for one in seen))
    picture_enter(locked)
    _settle(locked, outcome, artwork=artwork, tell=tell)


def _outcome(picture: Picture, fingerprint: Fingerprint, *comparisons: Comparison) -> Outcome:
    matches = [match for comparison in comparisons for match in comparison.matches]
    matches += _same_file_uploaded_before(picture)
    matches.sort(key=lambda match: -match.score)
    own = [match for match in matches if match.owner_id == picture.owner_id and match.work_id != picture.artwork_id]
    others = [match for match in matches if match.owner_id != picture.owner_id]
    evidence: dict[str, Any] = {}
    if own:
        evidence["own_works"] = [{"id": match.work_id, "score": float(match.score)} for match in own]
    if others:
        best, named_id = _told(others, picture)
        found = best.evidence.as_dict() | evidence
        if named_id != best.work_id:
            found["explanation"] = f"{found['explanation']} {BEFORE}"
        return Outcome(_verdict_of(best, picture), best.score, named_id, best.owner_id, found)
    if not fingerprint.features:
        evidence["explanation"] = "The check could not read this picture."
        return Outcome(Verdict.HELD, evidence=evidence)
    return Outcome(Verdict.PASSED, evidence=evidence)


def _told(others: list[Match], picture: Picture) -> tuple[Match, int | None]:
    """The match that decides, and the work that its artist is told of.

    The best match may be the same artist's: a copy that they had sent before, whose origin is another's. Nobody is told
    that their picture resembles their own: another match that decides the same is named, else the work that the
    earlier copy was refused for, else none.
    """
    works = Artwork.objects.filter(pk__in=[match.work_id for match in others], seller=picture.owner_id)
    theirs = set(works.values_list("pk", flat=True))
    best = others[0]
    least = REJECT if best.score >= REJECT else HOLD
    alike = (match for match in others if match.score >= least and match.work_id not in theirs)
    told = next(alike, best)
    return told, _copied(told.work_id, picture.owner_id) if told.work_id in theirs else told.work_id


def _copied(work_id: int, owner_id: int) -> int | None:
    """The work of another artist that a refused picture of this one is a copy of; None where that is gone."""
    seen: set[int] = set()
    while work_id not in seen:
        seen.add(work_id)
        refused = Picture.objects.filter(artwork=work_id, verdict=Verdict.REFUSED, matched__isnull=False)
        found = refused.order_by("-pk").values_list("matched", "matched__seller").first()
        if found is None:
            return None
        work_id, seller_id = found
        if seller_id != owner_id:
            return work_id
    return None


def _verdict_of(match: Match, picture: Picture) -> Verdict:
    if match.score < HOLD:
        return Verdict.PASSED
    if match.score < REJECT:
        return Verdict.HELD
    # This check may have been late. A picture uploaded first is no copy of a later one; people find out which is.
    first = Picture.objects.filter(artwork=match.work_id).order_by("pk").first()
    return Verdict.HELD if first is not None and first.pk > picture.pk else Verdict.REFUSED


def _same_file_uploaded_before(picture: Picture) -> list[Match]:
    """Somebody else's same file that came first and has not passed the gate yet, since its check is late."""
    earlier = Picture.objects.filter(sha256=picture.sha256, pk__lt=picture.pk, compared__isnull=True)
    whole = (0.0, 0.0, 1.0, 1.0)
    evidence = Evidence(True, "whole", "none", None, 0, 1.0, whole, whole, "The file is identical, byte for byte.")
    return [Match(other.artwork_id, other.origin_id, Decimal(100), evidence) for other in earlier.order_by("pk")[:10]]


def _write(picture: Picture, fingerprint: Fingerprint, outcome: Outcome, *, detector_name: str, compared: int) -> None:
    picture.hashes = fingerprint.hashes
    picture.quality = fingerprint.quality
    picture.features = fingerprint.features
    picture.labels = fingerprint.labels or []
    picture.face_count = fingerprint.face_count
    picture.codes = fingerprint.codes
    picture.points = fingerprint.points
    picture.tones = fingerprint.tones
    picture.fingerprint_version = FINGERPRINT
    picture.detector = detector_name
    picture.total_compared = compared
    picture.similarity_score = outcome.score
    picture.matched_id = outcome.matched_id if outcome.score >= HOLD else None
    picture.evidence = outcome.evidence
    picture.verdict = outcome.verdict
    if outcome.verdict == Verdict.REFUSED and outcome.origin_id is not None:
        picture.origin_id = outcome.origin_id
    picture.check_state = CheckState.DONE
    picture.check_claim = None
    picture.check_claimed_until = None
    picture.check_error = ""
    picture.checked_at = timezone.now()
    picture.save()


def _settle(picture: Picture, outcome: Outcome, *, artwork: Artwork, tell: bool) -> None:
    is_shown = picture.pk == artwork.picture_id
    if is_shown:
        artwork.picture = picture
    if outcome.verdict == Verdict.PASSED:
        before = artwork.status
        verdicts.picture_pass(picture, artwork=artwork)
        if tell and artwork.status == Status.APPROVED != before:
            notices.artwork_approved(artwork)
    elif outcome.verdict == Verdict.HELD:
        if tell:
            notices.picture_held(artwork)
    elif not is_shown:
        if tell:
            notices.replacement_rejected(artwork, reason=COPY_REASON)
    elif artwork.status in (Status.PENDING, Status.APPROVED):
        status_change(artwork, Status.REJECTED, actor=SYSTEM, reason=COPY_REASON)
        if tell:
            notices.artwork_rejected(artwork, reason=COPY_REASON)
