"""What moderators take away of what people wrote on listings: it stays in the audit trail."""

from django.db import transaction

from accounts.actors import Actor
from commerce.models import ListingReview
from commerce.services import reviews
from config.core.audit import audit_record


def listing_review_remove(*, actor: Actor, review_id: int) -> ListingReview:
    """Raises Denied and Missing."""
    with transaction.atomic():
        review = reviews.review_remove(actor=actor, review_id=review_id)
        before = {"listing": review.listing_id, "author": review.author_id, "rating": review.rating}
        audit_record(
            actor=actor,
            action="listing_review.remove",
            target=review,
            before=before | {"comment": review.comment},
        )
        return review
