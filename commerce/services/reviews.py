"""Reviews of listings: one a buyer and listing; the listing's rating follows in the same transaction."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Avg, Count, F, Sum

from accounts.actors import Actor
from accounts.choices import NotificationType
from accounts.models import User
from accounts.services.notifications import notification_send
from accounts.services.totals import models_rating_set
from commerce import policies
from commerce.errors import BuyersOnly
from commerce.models import ListingReview
from commerce.selectors.orders import owned_models
from config.core.audit import audit_record, audited
from config.core.errors import Denied, Invalid, Missing
from marketplace.choices import Kind
from marketplace.models import Listing
from marketplace.policies import models_visible_to

LONGEST = 2_000


def review_write(*, actor: User, listing_id: int, rating: int, comment: str = "") -> tuple[ListingReview, bool]:
    """Review a listing that the actor bought, or change one's review of it. Tells the seller of a new one.

    Returns the review, and whether it is new. Raises Missing (a listing that the actor may not see), BuyersOnly and
    Invalid (`rating` is 1 to 5).
    """
    if not 1 <= rating <= 5:
        raise Invalid("A rating is 1 to 5.", field="rating")
    with transaction.atomic():
        listing = _reviewed(actor, listing_id)
        review, is_new = ListingReview.objects.update_or_create(
            listing=listing, author=actor, defaults={"rating": rating, "comment": comment.strip()[:LONGEST]}
        )
        rating_refresh(listing)
        if is_new:
            notification_send(
                user=listing.seller,
                notification_type=NotificationType.NEW_REVIEW,
                title="New review",
                message=f'{actor.username} gave "{listing.title}" {rating} of 5.',
                data={"listing_id": listing.pk, "review_id": review.pk, "rating": rating},
            )
        return review, is_new


def review_change(
    *, actor: User, listing_id: int, rating: int | None = None, comment: str | None = None
) -> ListingReview:
    """Change what one said of a listing. Raises Missing (nothing was said yet), and what `review_write` raises."""
    with transaction.atomic():
        listing = _reviewed(actor, listing_id)
        review = ListingReview.objects.filter(listing=listing, author=actor).first()
        if review is None:
            raise Missing("Review")
        review, _ = review_write(
            actor=actor,
            listing_id=listing_id,
            rating=review.rating if rating is None else rating,
            comment=review.comment if comment is None else comment,
        )
        return review


def review_remove(*, actor: Actor, review_id: int, reason: str = "") -> ListingReview:
    """By moderators, for what breaks the rules; the audit trail keeps it. Returns what it was. Raises Denied and
    Missing."""
    if not policies.may_moderate_reviews(actor):
        raise Denied
    with transaction.atomic():
        review = ListingReview.objects.filter(pk=review_id).first()
        if review is None:
            raise Missing("Review")
        listing = _locked(review.listing_id)
        ListingReview.objects.filter(pk=review_id).delete()
        rating_refresh(listing)
        was = {"listing": listing.pk, "author": review.author_id, "rating": review.rating, "comment": review.comment}
        why = {"reason": reason} if reason else {}
        audit_record(actor=actor, action="listing_review.remove", target=review, before=was, after=why)
        return review


def review_keep(*, actor: Actor, review_id: int, reason: str) -> ListingReview:
    """By moderators: what its seller asked them to look at breaks no rule. Raises Denied and Missing."""
    if not policies.may_moderate_reviews(actor):
        raise Denied
    with transaction.atomic():
        review = ListingReview.objects.select_for_update(of=("self",)).filter(pk=review_id).first()
        if review is None:
            raise Missing("Review")
        with audited(actor, "listing_review.keep", review, "is_reported", reason=reason):
            review.is_reported = False
            review.save(update_fields=["is_reported", "updated_at"])
        return review


def rating_refresh(listing: Listing) -> None:
    """The mean of a locked listing's ratings, and how many there are."""
    found = ListingReview.objects.filter(listing=listing).aggregate(mean=Avg("rating"), count=Count("pk"))
    mean = Decimal(str(found["mean"] or 0)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    # Not saved whole: this is no edit of the listing.
    Listing.objects.filter(pk=listing.pk).update(rating=mean, rating_count=found["count"])
    listing.rating, listing.rating_count = mean, found["count"]
    if listing.kind == Kind.MODEL:
        seller_rating_refresh(listing.seller_id)


def seller_rating_refresh(seller_id: int) -> None:
    """The mean of all reviews of a person's 3-D models, from what their listings keep of them."""
    rated = Listing.objects.filter(seller=seller_id, kind=Kind.MODEL, rating_count__gt=0).order_by()
    found = rated.aggregate(points=Sum(F("rating") * F("rating_count")), reviews=Sum("rating_count"))
    mean = Decimal(0)
    if found["reviews"]:
        mean = (Decimal(found["points"]) / found["reviews"]).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    models_rating_set(seller_id, mean)


def _reviewed(actor: User, listing_id: int) -> Listing:
    """The locked listing, of which the actor is a buyer: two reviews of it are written one after the other."""
    if not models_visible_to(actor).filter(pk=listing_id).exists():
        raise Missing("Listing")
    if listing_id not in owned_models(actor, [listing_id]):
        raise BuyersOnly
    return _locked(listing_id)


def _locked(listing_id: int) -> Listing:
    """The listing, and before it its seller, whose rating follows: a sale counts for them in that order, too."""
    seller = Listing.objects.filter(pk=listing_id).values("seller")
    User.objects.select_for_update(no_key=True).filter(pk__in=seller).first()
    rows = Listing.objects.select_for_update(of=("self",), no_key=True).select_related("seller")
    listing = rows.filter(pk=listing_id).first()
    if listing is None:
        raise Missing("Listing")
    return listing
