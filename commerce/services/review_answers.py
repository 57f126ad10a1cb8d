"""What a seller does with reviews of their listings: thank for them, answer them, have staff look at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.choices import NotificationType
from accounts.models import User
from accounts.services.notifications import notification_send
from commerce.models import HelpfulVote, ListingReview
from commerce.services.reviews import LONGEST
from config.core.errors import Invalid

MOST = 500  # at a time


class ReviewAction(StrEnum):
    MARK_HELPFUL = "mark_helpful"
    RESPOND = "respond"
    REPORT = "report"


@dataclass(frozen=True)
class Outcome:
    updated: int
    failed: int


def reviews_update(*, actor: User, review_ids: Sequence[int], action: ReviewAction, answer: str = "") -> Outcome:
    """Do the same with many reviews of the actor's own listings. What has been done before counts as done.

    Each id is one that was updated or one that failed: of somebody else's listing, unknown, or named a second time. An
    answer takes the place of an earlier one; the reviewer is told of what they have not been told yet. Raises Invalid
    (`response_template` is missing or too long; more than 500 ids), and has then changed nothing.
    """
    answer = answer.strip()
    if action == ReviewAction.RESPOND and not answer:
        raise Invalid("This field is required to respond.", field="response_template")
    if len(answer) > LONGEST:
        raise Invalid(f"At most {LONGEST} characters.", field="response_template")
    if len(review_ids) > MOST:
        raise Invalid(f"At most {MOST} at a time.", field="review_ids")
    with transaction.atomic():
        own = ListingReview.objects.filter(pk__in=set(review_ids), listing__seller=actor.pk)
        reviews = list(
            own.select_for_update(of=("self",), no_key=True).select_related("listing", "author").order_by("pk")
        )
        match action:
            case ReviewAction.MARK_HELPFUL:
                _mark_helpful(actor, reviews)
            case ReviewAction.RESPOND:
                _respond(reviews, answer)
            case ReviewAction.REPORT:
                ListingReview.objects.filter(pk__in=[review.pk for review in reviews]).update(is_reported=True)
    return Outcome(updated=len(reviews), failed=len(review_ids) - len(reviews))


def _mark_helpful(actor: User, reviews: list[ListingReview]) -> None:
    """One vote a person. The reviews are locked, so that no vote is counted twice."""
    voted = set(HelpfulVote.objects.filter(review__in=reviews, user=actor).values_list("review", flat=True))
    new = [review.pk for review in reviews if review.pk not in voted]
    HelpfulVote.objects.bulk_create(HelpfulVote(review_id=pk, user=actor) for pk in new)
    ListingReview.objects.filter(pk__in=new).update(helpful_count=F("helpful_count") + 1)


def _respond(reviews: list[ListingReview], answer: str) -> None:
    changed = [review for review in reviews if review.answer != answer]
    ListingReview.objects.filter(pk__in=[review.pk for review in changed]).update(
        answer=answer, answered_at=timezone.now()
    )
    for review in changed:
        notification_send(
            user=review.author,
            notification_type=NotificationType.REVIEW_ANSWERED,
            title="Your review was answered",
            message=f'The seller of "{review.listing.title}" answers: {answer}',
            data={"listing_id": review.listing_id, "review_id": review.pk},
        )
