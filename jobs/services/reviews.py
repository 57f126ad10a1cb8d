"""Reviews: what the buyer of a completed job says about its artist, once."""

from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from config.core.audit import audit_record
from config.core.errors import Denied, Invalid, Missing
from jobs import policies
from jobs.choices import JobStatus
from jobs.errors import AlreadyReviewed, WrongJobStatus
from jobs.models import Job, Review
from jobs.services import notices
from jobs.services.records import artist_record_refresh
from jobs.services.states import job_lock

MOST_STARS = 5
MOST_COMMENT = 1000
"""Characters."""


@transaction.atomic
def review_create(*, actor: User, job: int, rating: int, comment: str) -> Review:
    """By the job's buyer, after its completion, once. `job` is an id, `rating` 1 to 5. The artist is told.

    Raises Denied, WrongJobStatus, AlreadyReviewed, or Invalid with the field.
    """
    locked = _job_locked(job)
    if not policies.is_buyer(actor, locked):
        raise Denied("Only the buyer of a job reviews it.")
    if locked.status != JobStatus.COMPLETED or locked.hired_artist is None:
        raise WrongJobStatus("A job is reviewed once it is completed.")
    if Review.objects.filter(job=locked).exists():
        raise AlreadyReviewed
    review = Review.objects.create(
        job=locked, reviewer=locked.buyer, artist=locked.hired_artist, rating=_stars(rating), comment=_comment(comment)
    )
    notices.review_received(review)
    artist_record_refresh(review.artist_id)
    return review


@transaction.atomic
def review_change(
    *, actor: User, review_id: int, rating: int | None = None, comment: str | None = None, job: int | None = None
) -> Review:
    """By its author. What is None stays. A `job` that is not the review's own is refused.

    Raises Missing, Denied, or Invalid with the field.
    """
    review = _locked(review_id)
    if not policies.is_author(actor, review):
        raise Denied("Only its author changes a review.")
    if job is not None and job != review.job_id:
        raise Invalid("The job of a review cannot be changed.", field="job")
    if rating is not None:
        review.rating = _stars(rating)
    if comment is not None:
        review.comment = _comment(comment)
    review.save(update_fields=["rating", "comment", "updated_at"])
    artist_record_refresh(review.artist_id)
    return review


@transaction.atomic
def review_delete(*, actor: User, review_id: int) -> None:
    """By its author, who may then write another. Raises Missing or Denied."""
    review = _locked(review_id)
    if not policies.is_author(actor, review):
        raise Denied("Only its author deletes a review.")
    _delete(review)


@transaction.atomic
def review_remove(*, actor: Actor, review_id: int, reason: str = "") -> None:
    """By staff, for what breaks the rules; it stays in the audit trail. Raises Missing or Denied."""
    review = _locked(review_id)
    if not policies.may_remove_reviews(actor):
        raise Denied
    before = {"job": review.job_id, "rating": review.rating, "comment": review.comment}
    audit_record(actor=actor, action="review.remove", target=review, before=before, after={"reason": reason})
    _delete(review)


def _delete(review: Review) -> None:
    review.delete()
    artist_record_refresh(review.artist_id)


def _job_locked(job_id: int) -> Job:
    try:
        return job_lock(job_id)
    except Missing:
        raise Invalid("There is no such job.", field="job") from None


def _locked(review_id: int) -> Review:
    rows = Review.objects.select_for_update(of=("self",)).select_related("job", "reviewer", "artist")
    review = rows.filter(pk=review_id).first()
    if review is None:
        raise Missing("Review")
    return review


def _stars(rating: int) -> int:
    if not 1 <= rating <= MOST_STARS:
        raise Invalid(f"The rating is 1 to {MOST_STARS}.", field="rating")
    return rating


def _comment(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("A review needs a comment.", field="comment")
    if len(text) > MOST_COMMENT:
        raise Invalid(f"The comment may have up to {MOST_COMMENT} characters.", field="comment")
    return text
