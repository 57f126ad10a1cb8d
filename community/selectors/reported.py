"""What is reported: found as the reporter may see it, with its author and how it reads."""

from collections.abc import Callable
from typing import Final, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from accounts.actors import Actor
from accounts.models import User
from commerce.models import ListingReview
from community import policies
from community.choices import ReportedKind, ReportStatus
from community.models import AbuseReport, BlogComment, CommunityPost, PostComment
from community.selectors.communities import community_readable, community_visible, post_readable
from community.selectors.messages import message_of
from community.selectors.pages import course_visible
from config.core.errors import Denied, Missing
from jobs.models import BountyApplication, Review
from jobs.policies import may_manage_bounty
from jobs.selectors import bid_visible, bounty_visible, job_visible
from marketplace.models import ListingComment
from marketplace.policies import is_live
from marketplace.selectors.artworks import artwork_visible
from marketplace.selectors.collections import collection_visible
from marketplace.selectors.models_3d import model_visible

LONGEST_EXCERPT: Final = 1000


def reports_open(*, actor: Actor) -> QuerySet[AbuseReport]:
    """What moderators have not decided yet, the oldest first. Raises Denied."""
    if not policies.may_decide_about_reports(actor):
        raise Denied
    return AbuseReport.objects.filter(status=ReportStatus.OPEN).order_by("created_at", "pk")


def reports_waiting(*, actor: Actor) -> QuerySet[AbuseReport]:
    """The first open report of each thing, for a decision is about all of them; the oldest first. One query. Raises
    Denied."""
    earlier = AbuseReport.objects.filter(
        kind=OuterRef("kind"), target_id=OuterRef("target_id"), status=ReportStatus.OPEN, pk__lt=OuterRef("pk")
    )
    return reports_open(actor=actor).filter(~Exists(earlier)).select_related("author", "reporter")


class Reported(NamedTuple):
    """`author_id` is whose it is."""

    author_id: int
    text: str


def reported_thing(*, actor: User, kind: ReportedKind, target_id: int) -> Reported:
    """Raises Missing, and Denied, for what the actor may not see."""
    author_id, text = FOUND[kind](actor, target_id)
    return Reported(author_id, text.replace("\0", "")[:LONGEST_EXCERPT])


def _model(actor: User, target_id: int) -> Reported:
    model = model_visible(actor=actor, reference=target_id)
    return Reported(model.seller_id, f"{model.title}\n{model.description}")


def _comment(actor: User, target_id: int) -> Reported:
    comment = ListingComment.objects.filter(pk=target_id, removed_at=None).first()
    if comment is None:
        raise Missing("Comment")
    model_visible(actor=actor, reference=comment.listing_id)
    return Reported(comment.author_id, comment.content)


def _post(actor: User, target_id: int) -> Reported:
    post = CommunityPost.objects.filter(pk=target_id).first()
    if post is None:
        raise Missing("Post")
    post = post_readable(actor=actor, community_id=post.community_id, post_id=post.pk)
    return Reported(post.author_id, post.content)


def _post_comment(actor: User, target_id: int) -> Reported:
    comment = PostComment.objects.filter(pk=target_id, is_deleted=False).first()
    if comment is None:
        raise Missing("Comment")
    community_readable(actor=actor, community_id=comment.community_id)
    return Reported(comment.author_id, comment.content)


def _community(actor: User, target_id: int) -> Reported:
    community = community_visible(actor=actor, community_id=target_id)
    return Reported(community.creator_id, f"{community.name}\n{community.description}")


def _message(actor: User, target_id: int) -> Reported:
    message = message_of(actor=actor, message_id=target_id)
    return Reported(message.sender_id, message.content)


def _person(_actor: User, target_id: int) -> Reported:
    person = User.objects.filter(pk=target_id, is_active=True).first()
    if person is None:
        raise Missing("User")
    return Reported(person.pk, f"{person.username}\n{person.get_full_name()}")


def _blog_comment(actor: User, target_id: int) -> Reported:
    posts = policies.posts_visible_to(actor)
    comment = BlogComment.objects.filter(pk=target_id, removed_at=None, post__in=posts).first()
    if comment is None:
        raise Missing("Comment")
    return Reported(comment.author_id, comment.content)


def _review(_actor: User, target_id: int) -> Reported:
    review = _shown_review(target_id)
    return Reported(review.author_id, review.comment)


def _review_answer(_actor: User, target_id: int) -> Reported:
    """`target_id` is the review's."""
    review = _shown_review(target_id)
    if not review.answer:
        raise Missing("Answer")
    return Reported(review.listing.seller_id, review.answer)


def _shown_review(review_id: int) -> ListingReview:
    review = ListingReview.objects.select_related("listing").filter(pk=review_id).first()
    if review is None or not is_live(review.listing):
        raise Missing("Review")
    return review


def _bounty(actor: User, target_id: int) -> Reported:
    bounty = bounty_visible(actor=actor, bounty_id=target_id)
    return Reported(bounty.creator_id, f"{bounty.title}\n{bounty.description}")


def _collection(actor: User, target_id: int) -> Reported:
    collection = collection_visible(actor=actor, collection_id=target_id)
    return Reported(collection.owner_id, f"{collection.name}\n{collection.description}")


def _course(actor: User, target_id: int) -> Reported:
    course = course_visible(actor=actor, course_id=target_id)
    return Reported(course.instructor_id, f"{course.title}\n{course.description}")


def _artwork(actor: User, target_id: int) -> Reported:
    artwork = artwork_visible(actor=actor, artwork_id=target_id)
    return Reported(artwork.seller_id, f"{artwork.title}\n{artwork.description}")


def _job(actor: User, target_id: int) -> Reported:
    job = job_visible(actor=actor, job_id=target_id)
    return Reported(job.buyer_id, f"{job.title}\n{job.description}")


def _bid(actor: User, target_id: int) -> Reported:
    bid = bid_visible(actor=actor, bid_id=target_id)
    return Reported(bid.artist_id, bid.cover_letter)


def _application(actor: User, target_id: int) -> Reported:
    application = BountyApplication.objects.select_related("bounty").filter(pk=target_id).first()
    if application is None or application.bounty.removed_at is not None:
        raise Missing("Application")
    if application.user_id != actor.pk and not may_manage_bounty(actor, application.bounty):
        raise Missing("Application")
    return Reported(application.user_id, f"{application.message}\n{application.portfolio_url}")


def _hire_review(_actor: User, target_id: int) -> Reported:
    review = Review.objects.filter(pk=target_id).first()
    if review is None:
        raise Missing("Review")
    return Reported(review.reviewer_id, review.comment)


FOUND: Final[dict[str, Callable[[User, int], Reported]]] = {
    ReportedKind.MODEL: _model,
    ReportedKind.COMMENT: _comment,
    ReportedKind.POST: _post,
    ReportedKind.POST_COMMENT: _post_comment,
    ReportedKind.COMMUNITY: _community,
    ReportedKind.MESSAGE: _message,
    ReportedKind.PERSON: _person,
    ReportedKind.BLOG_COMMENT: _blog_comment,
    ReportedKind.REVIEW: _review,
    ReportedKind.BOUNTY: _bounty,
    ReportedKind.COLLECTION: _collection,
    ReportedKind.COURSE: _course,
    ReportedKind.ARTWORK: _artwork,
    ReportedKind.JOB: _job,
    ReportedKind.BID: _bid,
    ReportedKind.APPLICATION: _application,
    ReportedKind.HIRE_REVIEW: _hire_review,
    ReportedKind.REVIEW_ANSWER: _review_answer,
}
