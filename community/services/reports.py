"""Reports of abuse, and what moderators decide about them."""

from collections.abc import Callable
from typing import Final, NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, person
from accounts.choices import NotificationType
from accounts.models import User
from accounts.services.notifications import notification_send
from commerce.services import reviews
from community import policies
from community.choices import ReportedKind, ReportReason, ReportStatus
from community.errors import ReportDecided
from community.models import AbuseReport, CommunityPost
from community.selectors.reported import reported_thing
from community.services import blog, posts
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from jobs.services import reviews as hire_reviews
from marketplace.services import comments

LONGEST_DETAILS: Final = 2000


class Filed(NamedTuple):
    """`made` is false where the same person had reported the same thing before."""

    report: AbuseReport
    made: bool


def report_file(*, actor: User, kind: ReportedKind, target_id: int, reason: ReportReason, details: str = "") -> Filed:
    """Say that something is wrong with a thing that one sees. Once: the same again gives the first report.

    Raises Missing and Denied for what the actor may not see, and Invalid (`target_id`) for one's own.
    """
    earlier = AbuseReport.objects.filter(reporter=actor, kind=kind, target_id=target_id).first()
    if earlier is not None:
        return Filed(earlier, False)
    thing = reported_thing(actor=actor, kind=kind, target_id=target_id)
    if thing.author_id == actor.pk:
        raise Invalid("This is your own.", field="target_id")
    report, made = AbuseReport.objects.get_or_create(
        reporter=actor,
        kind=kind,
        target_id=target_id,
        defaults={
            "author_id": thing.author_id,
            "excerpt": thing.text,
            "reason": reason,
            "details": details.strip()[:LONGEST_DETAILS],
        },
    )
    return Filed(report, made)


def report_decide(*, actor: Actor, report_id: int, upheld: bool) -> AbuseReport:
    """A moderator decides, about all open reports of the same thing at once; each reporter is told.

    Comments, posts and reviews are removed when it is upheld, so that one of an artist is decided by staff; models,
    communities, messages, people and the like are dealt with on their own pages. Raises Denied, Missing, ReportDecided.
    """
    if not policies.may_decide_about_reports(actor):
        raise Denied
    with transaction.atomic():
        report = AbuseReport.objects.filter(pk=report_id).first()
        if report is None:
            raise Missing("Report")
        same = AbuseReport.objects.select_for_update(of=("self",)).select_related("reporter")
        locked = {
            row.pk: row
            for row in same.filter(kind=report.kind, target_id=report.target_id, status=ReportStatus.OPEN).order_by(
                "pk"
            )
        }
        if report_id not in locked:
            raise ReportDecided
        report = locked[report_id]
        with audited(actor, f"report.{'uphold' if upheld else 'dismiss'}", report, "kind", "target_id", "status"):
            for row in locked.values():
                _decide(row, actor, upheld)
        if upheld and report.kind in REMOVED:
            REMOVED[report.kind](actor, report.target_id)
    return report


def _decide(report: AbuseReport, actor: Actor, upheld: bool) -> None:
    report.status = ReportStatus.UPHELD if upheld else ReportStatus.DISMISSED
    report.decided_by, report.decided_at = person(actor), timezone.now()
    report.save(update_fields=["status", "decided_by", "decided_at"])
    said = "We agree, and have acted on it" if upheld else "We have found nothing that is against the rules"
    notification_send(
        user=report.reporter,
        notification_type=NotificationType.REPORT_DECIDED,
        title="Your report",
        message=f"You reported a {report.get_kind_display()}. {said}.",
        data={"report_id": report.pk, "kind": report.kind, "target_id": report.target_id},
    )


# ---------------------------------------------------------------- what is removed; what is gone already stays so
def _remove_comment(actor: Actor, target_id: int) -> None:
    _unless_gone(lambda: comments.comment_remove(actor=_moderator(actor), comment_id=target_id, reason="reported"))


def _remove_post(actor: Actor, target_id: int) -> None:
    post = CommunityPost.objects.filter(pk=target_id, is_deleted=False).first()
    if post is not None:
        _unless_gone(
            lambda: posts.post_delete(actor=actor, community_id=post.community_id, post_id=post.pk, reason="reported")
        )


def _remove_post_comment(actor: Actor, target_id: int) -> None:
    _unless_gone(lambda: posts.comment_delete(actor=actor, comment_id=target_id, reason="reported"))


def _remove_blog_comment(actor: Actor, target_id: int) -> None:
    _unless_gone(lambda: blog.comment_remove(actor=_moderator(actor), comment_id=target_id, reason="reported"))


def _remove_review(actor: Actor, target_id: int) -> None:
    _unless_gone(lambda: reviews.review_remove(actor=actor, review_id=target_id))


def _remove_hire_review(actor: Actor, target_id: int) -> None:
    _unless_gone(lambda: hire_reviews.review_remove(actor=actor, review_id=target_id, reason="reported"))


def _unless_gone(remove: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            remove()
    except Missing:
        pass


def _moderator(actor: Actor) -> User:
    moderator = person(actor)
    if moderator is None:
        raise Denied
    return moderator


REMOVED: Final[dict[str, Callable[[Actor, int], None]]] = {
    ReportedKind.COMMENT: _remove_comment,
    ReportedKind.POST: _remove_post,
    ReportedKind.POST_COMMENT: _remove_post_comment,
    ReportedKind.BLOG_COMMENT: _remove_blog_comment,
    ReportedKind.REVIEW: _remove_review,
    ReportedKind.HIRE_REVIEW: _remove_hire_review,
}
