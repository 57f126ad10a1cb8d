"""What this app knows of things below it, for their pages in the admin site."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from django.core.files.storage import default_storage
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from commerce.models import Dispute, ListingReview, Order
from community import policies
from community.choices import ReportedKind
from community.models import AbuseReport, Message, SupportTicket
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.core.storage import signed_link
from jobs.models import Bid, Bounty, Job, Review
from marketplace.models import Listing, ListingComment

SHOWN: Final = 50


def tickets_about_order(request: HttpRequest, order: Order) -> Iterator[Panel]:
    """The newest first. One query."""
    if not policies.may_handle_tickets(request.user):
        return
    tickets = SupportTicket.objects.filter(purchase__order=order).select_related("user", "purchase", "assigned_to")
    yield Panel(
        "Tickets",
        ("Ticket", "About", "Subject", "From", "Priority", "State", "Looked after by", "Opened"),
        [
            (
                link(ticket, row_address(request, "community.SupportTicket", ticket.pk)),
                str(ticket.purchase),
                ticket.subject,
                str(ticket.user),
                ticket.get_priority_display(),
                ticket.get_status_display(),
                str(ticket.assigned_to or ticket.assigned_name),
                ticket.created_at,
            )
            for ticket in tickets.order_by("-created_at", "-pk")[:SHOWN]
        ],
    )


def reports_about_listing(request: HttpRequest, listing: Listing) -> Iterator[Panel]:
    """Of abuse: about a work itself."""
    return _reports(request, ReportedKind(listing.kind), listing.pk)


def reports_about_comment(request: HttpRequest, comment: ListingComment) -> Iterator[Panel]:
    return _reports(request, ReportedKind.COMMENT, comment.pk)


def reports_about_review(request: HttpRequest, review: ListingReview) -> Iterator[Panel]:
    yield from _reports(request, ReportedKind.REVIEW, review.pk)
    if review.answer:
        yield from _reports(request, ReportedKind.REVIEW_ANSWER, review.pk, title="Reports about its answer")


def reports_about_bounty(request: HttpRequest, bounty: Bounty) -> Iterator[Panel]:
    return _reports(request, ReportedKind.BOUNTY, bounty.pk)


def reports_about_job(request: HttpRequest, job: Job) -> Iterator[Panel]:
    return _reports(request, ReportedKind.JOB, job.pk)


def reports_about_bid(request: HttpRequest, bid: Bid) -> Iterator[Panel]:
    return _reports(request, ReportedKind.BID, bid.pk)


def reports_about_hire_review(request: HttpRequest, review: Review) -> Iterator[Panel]:
    return _reports(request, ReportedKind.HIRE_REVIEW, review.pk)


def _reports(
    request: HttpRequest, kind: ReportedKind, target_id: int, *, title: str = "Reports of abuse"
) -> Iterator[Panel]:
    """The newest first. One query."""
    if not policies.may_decide_about_reports(request.user):
        return
    reports = AbuseReport.objects.filter(kind=kind, target_id=target_id).select_related("reporter")
    yield Panel(
        title,
        ("Report", "By", "Says", "State", "When"),
        [
            (
                link(report.get_reason_display(), row_address(request, "community.AbuseReport", report.pk)),
                str(report.reporter),
                report.details,
                report.get_status_display(),
                report.created_at,
            )
            for report in reports.order_by("-pk")[:SHOWN]
        ],
    )


def messages_about_dispute(request: HttpRequest, dispute: Dispute) -> Iterator[Panel]:
    """What the two sides of a job wrote to each other about it, for who decides while the dispute is open; the newest
    first. Files by links that expire. One query."""
    payment = dispute.payment
    if payment.job_id is None or not policies.may_read_about_dispute(request.user, dispute):
        return
    sides = (payment.payer_id, payment.payee_id)
    rows = Message.objects.filter(job=payment.job_id, sender__in=sides, receiver__in=sides).select_related("sender")
    yield Panel(
        "Messages about the work",
        ("When", "From", "Says", "Files"),
        [
            (message.created_at, str(message.sender), message.content, _files(message))
            for message in rows.order_by("-created_at", "-pk")[:SHOWN]
        ],
        note="They are the two sides' own, and shown here only until the dispute is decided.",
    )


def _files(message: Message) -> SafeString:
    own = {"name": str(message.attachment.name), "as": message.attachment_name, "storage": "private"}
    return files_linked([*([own] if message.attachment else []), *message.attachments])


def files_linked(files: Iterable[Mapping[str, str]]) -> SafeString:
    """What stands beside a message, as its `attachments` say: private ones by links that expire."""
    links = [
        (
            signed_link(kept["name"], download_as=kept["as"])
            if kept["storage"] == "private"
            else default_storage.url(kept["name"]),
            kept["as"],
        )
        for kept in files
    ]
    return format_html_join(" ", '<a class="atelier-link" href="{}">{}</a>', links)
