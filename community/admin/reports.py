"""Reports of abuse in Django's admin site: the moderators' queue."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from community import policies
from community.admin.queue import QUEUE, count_waiting, decide, rows_waiting
from community.choices import ReportStatus
from community.models import AbuseReport
from community.services.reports import report_decide
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import age
from config.adminsite.rows import ReadOnlyAdmin
from marketplace.policies import may_moderate


@admin.register(AbuseReport)
class AbuseReportAdmin(ReadOnlyAdmin):
    """Those that wait longest first. What is decided is decided about all open reports of the same thing."""

    list_display = ("kind", "target_id", "reason", "shown_excerpt", "author", "reporter", "status", "waits")
    list_filter = ("status", "kind", "reason")
    list_select_related = ("author", "reporter")
    search_fields = ("author__username", "reporter__username")
    ordering = ("created_at", "pk")
    actions = ("uphold", "dismiss")

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

    @admin.display(description="what it said")
    def shown_excerpt(self, report: AbuseReport) -> str:
        return report.excerpt if len(report.excerpt) <= 80 else report.excerpt[:79] + "\N{HORIZONTAL ELLIPSIS}"

    @admin.display(description="waits for")
    def waits(self, report: AbuseReport) -> str:
        return age(report.created_at) if report.status == ReportStatus.OPEN else ""

    def has_decide_permission(self, request: HttpRequest) -> bool:
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
