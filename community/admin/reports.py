"""Reports of abuse in Django's admin site: the moderators' queue."""

from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import linebreaksbr
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import Truncator

from community import policies
from community.admin.person import EXCERPT
from community.admin.queue import QUEUE, count_waiting, decide, rows_waiting
from community.choices import ReportedKind, ReportStatus
from community.models import AbuseReport
from community.services.reports import report_decide
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import age
from config.adminsite.decisions import decision
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.core.idempotency import Once
from marketplace.policies import may_moderate

SHOWN: Final = 20
# Where things are looked at; a message is nowhere.
PAGES: Final[dict[str, str]] = {
    ReportedKind.MODEL: "marketplace.Model3D",
    ReportedKind.COMMENT: "marketplace.ListingComment",
    ReportedKind.POST: "community.CommunityPost",
    ReportedKind.POST_COMMENT: "community.PostComment",
    ReportedKind.COMMUNITY: "community.Community",
    ReportedKind.PERSON: "accounts.User",
    ReportedKind.BLOG_COMMENT: "community.BlogComment",
    ReportedKind.REVIEW: "commerce.ListingReview",
    ReportedKind.BOUNTY: "jobs.Bounty",
    ReportedKind.COLLECTION: "marketplace.Collection",
    ReportedKind.COURSE: "community.Course",
    ReportedKind.ARTWORK: "marketplace.Artwork",
    ReportedKind.JOB: "jobs.Job",
    ReportedKind.BID: "jobs.Bid",
    ReportedKind.APPLICATION: "jobs.BountyApplication",
    ReportedKind.HIRE_REVIEW: "jobs.Review",
    ReportedKind.REVIEW_ANSWER: "commerce.ListingReview",
}


def is_open(report: AbuseReport) -> bool:
    return report.status == ReportStatus.OPEN


def reports_panel(request: HttpRequest, title: str, reports: QuerySet[AbuseReport], address: str = "") -> Panel:
    """The newest first. One query."""
    return Panel(
        title,
        ("Report", "About a", "What it said", "By", "Says", "State", "When"),
        [
            (
                link(report.get_reason_display(), row_address(request, "community.AbuseReport", report.pk)),
                report.get_kind_display(),
                Truncator(report.excerpt).chars(EXCERPT),
                str(report.reporter),
                report.details,
                report.get_status_display(),
                report.created_at,
            )
            for report in reports.select_related("reporter").order_by("-created_at", "-pk")[:SHOWN]
        ],
        address=address,
    )


@admin.register(AbuseReport)
class AbuseReportAdmin(RecordAdmin):
    """Those that wait longest first. What is decided is decided about all open reports of the same thing."""

    list_display = ("kind", "target_id", "reason", "shown_excerpt", "author", "reporter", "status", "waits")
    list_filter = ("status", "kind", "reason")
    list_select_related = ("author", "reporter")
    search_fields = ("author__username", "reporter__username")
    ordering = ("created_at", "pk")
    fields = (("kind", "reason"), "details", ("status", "created_at"), ("decided_by", "decided_at"))
    readonly_fields = ("status", "created_at", "decided_by", "decided_at")
    actions = ("uphold", "dismiss")
    decisions = ("uphold_it", "dismiss_it")

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: AbuseReport) -> Iterator[Panel]:
        yield self._thing(request, row)
        same = AbuseReport.objects.filter(kind=row.kind, target_id=row.target_id)
        yield reports_panel(request, "Other reports of the same", same.exclude(pk=row.pk))
        if row.author_id is not None:
            others = AbuseReport.objects.filter(author=row.author_id)
            yield reports_panel(
                request,
                "Other reports about its author",
                others.exclude(kind=row.kind, target_id=row.target_id),
                address=list_address(request, "community.AbuseReport", f"author__id__exact={row.author_id}"),
            )

    def _thing(self, request: HttpRequest, row: AbuseReport) -> Panel:
        """Of a message nothing but what was reported is read."""
        label = PAGES.get(row.kind, "")
        rows: list[tuple[object, object]] = [("It read", linebreaksbr(row.excerpt))]
        if label:
            is_there = apps.get_model(label)._default_manager.filter(pk=row.target_id).exists()
            address = row_address(request, label, row.target_id) if is_there else ""
            rows.append(("Now", link(f"{row.get_kind_display()} {row.target_id}", address) if is_there else "gone"))
        if row.author is not None:
            rows.append(("Whose it is", link(row.author, row_address(request, "accounts.User", row.author.pk))))
        rows.append(("Reported by", link(row.reporter, row_address(request, "accounts.User", row.reporter_id))))
        return Panel("What was reported", ("", ""), rows)

    # ------------------------------------------------------------ decisions
    @decision(
        "Uphold",
        permissions=["decide"],
        when=is_open,
        icon="gavel",
        danger=True,
        warning="A comment, post or review is removed; all else is dealt with on its own page. It is decided about all "
        "open reports of the same thing, and everybody who made one is told.",
    )
    def uphold_it(self, request: HttpRequest, row: AbuseReport, sent: dict[str, Any], once: Once) -> str:
        report_decide(actor=request.user, report_id=row.pk, upheld=True)
        return "Upheld; who reported it is told."

    @decision(
        "Dismiss",
        permissions=["decide"],
        when=is_open,
        icon="thumb_up",
        warning="It stays. It is decided about all open reports of the same thing, and everybody who made one is told.",
    )
    def dismiss_it(self, request: HttpRequest, row: AbuseReport, sent: dict[str, Any], once: Once) -> str:
        report_decide(actor=request.user, report_id=row.pk, upheld=False)
        return "Dismissed; who reported it is told."

    # ------------------------------------------------------------ the queue
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.queue_view)  # sends strangers to the sign-in page
        return [path("queue/", page, name=QUEUE.partition(":")[2]), *super().get_urls()]

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """What waits for moderators, of every kind."""
        if not (policies.may_decide_about_reports(request.user) and may_moderate(request.user)):
            raise PermissionDenied
        if request.method == "POST":
            return decide(request)
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": "Moderation queue",
            "rows": rows_waiting(request),
            "count": count_waiting(request),
        }
        return TemplateResponse(request, "admin/community/queue.html", context)

    # ------------------------------------------------------------ the list
    @admin.display(description="what it said")
    def shown_excerpt(self, report: AbuseReport) -> str:
        return report.excerpt if len(report.excerpt) <= 80 else report.excerpt[:79] + "\N{HORIZONTAL ELLIPSIS}"

    @admin.display(description="waits for")
    def waits(self, report: AbuseReport) -> str:
        return age(report.created_at) if report.status == ReportStatus.OPEN else ""

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_decide_about_reports(request.user)

    def _decide(self, request: HttpRequest, rows: QuerySet[AbuseReport], *, upheld: bool) -> None:
        """Of several reports of one thing the first decides about all."""
        chosen = {(row.kind, row.target_id): row.pk for row in rows.order_by("-pk")}
        for_each(
            self,
            request,
            AbuseReport.objects.filter(pk__in=chosen.values()),
            lambda row: report_decide(actor=request.user, report_id=row.pk, upheld=upheld),
        )

    @admin.action(description="Uphold: remove what was written", permissions=["decide"])
    @confirmed
    def uphold(self, request: HttpRequest, rows: QuerySet[AbuseReport]) -> None:
        self._decide(request, rows, upheld=True)

    @admin.action(description="Dismiss", permissions=["decide"])
    def dismiss(self, request: HttpRequest, rows: QuerySet[AbuseReport]) -> None:
        self._decide(request, rows, upheld=False)
