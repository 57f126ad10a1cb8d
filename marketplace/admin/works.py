"""What the pages of artworks and 3-D models share: the panels, and what moderators decide there."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.timeline import mails_about
from config.adminsite.actions import for_each
from config.adminsite.decisions import DecisionForm, decision
from config.adminsite.lines import LineField
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link, thumbnail
from config.adminsite.records import RecordAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once
from marketplace import policies
from marketplace.choices import Kind, Status
from marketplace.models import Appeal, Listing, ListingComment
from marketplace.selectors.pictures import pictures_shown
from marketplace.services.archiving import is_archived_by_staff, work_archive, work_restore
from marketplace.services.letters import MOST_SUBJECT, MOST_TEXT, listing_named, listing_write

SHOWN: Final = 20
LISTING_PAGES: Final = {
    Kind.ARTWORK: "marketplace.Artwork",
    Kind.MODEL: "marketplace.Model3D",
    Kind.EQUIPMENT: "marketplace.Equipment",
}


# ---------------------------------------------------------------- in which states a button is there
def may_be_approved(work: Any) -> bool:
    undecided = work.status in (Status.PENDING, Status.REJECTED) or has_held_replacement(work)
    return undecided and not is_archived(work)


def may_be_rejected(work: Any) -> bool:
    return work.status in (Status.PENDING, Status.APPROVED)


def may_be_featured(work: Any) -> bool:
    return work.status == Status.APPROVED and not work.is_featured


def is_featured(work: Any) -> bool:
    return bool(work.is_featured)


def is_archived(work: Any) -> bool:
    return bool(work.status == Status.ARCHIVED)


def may_be_archived(work: Any) -> bool:
    return not is_archived(work)


def has_held_replacement(work: Any) -> bool:
    """Whether a new picture of an artwork waits; a work's own list says so."""
    return bool(getattr(work, "waits", False))


# ---------------------------------------------------------------- forms
class RejectionForm(DecisionForm):
    reason = forms.CharField(max_length=2000, widget=forms.Textarea, help_text="Is told to its maker.")


class LetterForm(DecisionForm):
    subject = LineField(max_length=MOST_SUBJECT)
    text = forms.CharField(max_length=MOST_TEXT, widget=forms.Textarea, help_text="As plain text, to the seller.")


class WorkAdmin(RecordAdmin):
    """Subclasses give the panel of their files (`files`) and call their kind's services (`moderated`)."""

    decisions: ClassVar[tuple[Any, ...]] = (
        "approve_it",
        "reject_it",
        "feature_it",
        "unfeature_it",
        "write",
        "archive",
        "restore",
    )

    def files(self, request: HttpRequest, row: Any) -> Iterator[Panel]:
        raise NotImplementedError

    def appeals(self, row: Any) -> Any:
        """The appeals about its pictures or files."""
        raise NotImplementedError

    def moderated(self, request: HttpRequest, row: Any, verb: str, **options: Any) -> Any:
        """Call the service. Gives the work as it is afterwards."""
        raise NotImplementedError

    @admin.display(description="tags")
    def tag_words(self, row: Any) -> str:
        return ", ".join(row.tags)

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Any) -> Iterator[Panel]:
        yield from self.files(request, row)
        yield self._appeals(request, row)
        yield self._others(request, row)
        yield self._comments(request, row)

    def _appeals(self, request: HttpRequest, row: Any) -> Panel:
        found: list[Appeal] = list(self.appeals(row).select_related("author", "decided_by").order_by("-pk")[:SHOWN])
        return Panel(
            "Appeals",
            ("Appeal", "By", "Says", "State", "Answer", "Decided by", "Made"),
            [
                (
                    link(f"#{appeal.pk}", row_address(request, "marketplace.Appeal", appeal.pk)),
                    str(appeal.author),
                    appeal.reason,
                    appeal.get_state_display(),
                    appeal.answer,
                    str(appeal.decided_by or ""),
                    appeal.created_at,
                )
                for appeal in found
            ],
        )

    def _others(self, request: HttpRequest, row: Any) -> Panel:
        rows = Listing.objects.filter(seller=row.seller_id).exclude(pk=row.pk).order_by("-created_at", "-pk")
        others = list(rows.defer("description")[:SHOWN])
        pictures = pictures_shown({other.pk for other in others})
        return Panel(
            "The seller's other works",
            ("", "What", "Kind", "State", "Since"),
            [
                (
                    thumbnail(pictures.get(other.pk, ""), other.title),
                    link(other.title, row_address(request, LISTING_PAGES[Kind(other.kind)], other.pk)),
                    other.get_kind_display(),
                    other.get_status_display(),
                    other.created_at,
                )
                for other in others
            ],
            address=list_address(request, row._meta.label, f"seller__id__exact={row.seller_id}"),
        )

    def _comments(self, request: HttpRequest, row: Any) -> Panel:
        comments = ListingComment.objects.filter(listing=row.pk).select_related("author")
        return Panel(
            "Comments",
            ("When", "By", "Says", ""),
            [
                (
                    link(comment.created_at, row_address(request, "marketplace.ListingComment", comment.pk)),
                    str(comment.author),
                    comment.content,
                    "taken off" if comment.removed_at else "",
                )
                for comment in comments.order_by("-pk")[:SHOWN]
            ],
            address=list_address(request, "marketplace.ListingComment", f"listing__id__exact={row.pk}"),
        )

    def happened(self, request: HttpRequest, row: Any) -> Iterator[Happening]:
        yield from mails_about(listing_named(row), people={row.seller_id}, since=row.created_at)

    # ------------------------------------------------------------ decisions
    def has_moderate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_moderate(request.user)

    @decision(
        "Approve",
        permissions=["moderate"],
        when=may_be_approved,
        icon="check_circle",
        warning="It goes on sale, and its maker is told. What was held or refused as a copy is cleared by it.",
    )
    def approve_it(self, request: HttpRequest, row: Any, sent: dict[str, Any], once: Once) -> str:
        self.moderated(request, row, "approve")
        return "Approved."

    @decision(
        "Reject",
        form=RejectionForm,
        permissions=["moderate"],
        when=may_be_rejected,
        danger=True,
        icon="block",
        warning="Its maker is told. What was held as a likely copy counts as one from then on.",
    )
    def reject_it(self, request: HttpRequest, row: Any, sent: dict[str, Any], once: Once) -> str:
        self.moderated(request, row, "reject", reason=sent["reason"])
        return "Rejected."

    @decision("Feature", permissions=["moderate"], when=may_be_featured, icon="star")
    def feature_it(self, request: HttpRequest, row: Any, sent: dict[str, Any], once: Once) -> str:
        self.moderated(request, row, "feature", featured=True)
        return "Featured."

    @decision("Feature no longer", permissions=["moderate"], when=is_featured, icon="star_half")
    def unfeature_it(self, request: HttpRequest, row: Any, sent: dict[str, Any], once: Once) -> str:
        self.moderated(request, row, "feature", featured=False)
        return "Featured no longer."

    @decision("Write to the seller", form=LetterForm, permissions=["moderate"], icon="mail")
    def write(self, request: HttpRequest, row: Any, sent: dict[str, Any], once: Once) -> str:
        listing_write(actor=request.user, listing_id=row.pk, subject=sent["subject"], text=sent["text"], once=once)
        return "Written to the seller."

    @decision(
        "Archive",
        form=RejectionForm,
        permissions=["moderate"],
        when=may_be_archived,
        danger=True,
        icon="archive",
        warning="Nobody sees it any more but staff and who bought it. Its maker is told.",
    )
    def archive(self, request: HttpRequest, row: Any, sent: dict[str, Any], once: Once) -> str:
        work_archive(actor=request.user, listing_id=row.pk, reason=sent["reason"])
        return "Archived."

    @decision(
        "Restore",
        permissions=["moderate"],
        when=is_archived_by_staff,
        icon="unarchive",
        warning="It waits for a moderator again, or is its maker's draft again, and they are told.",
    )
    def restore(self, request: HttpRequest, row: Any, sent: dict[str, Any], once: Once) -> str:
        work_restore(actor=request.user, listing_id=row.pk)
        return "Restored."

    # ------------------------------------------------------------ over the rows of the list
    def _decide(self, request: HttpRequest, rows: QuerySet[Any], verb: str, words: str = "", **options: Any) -> None:
        for_each(self, request, rows, lambda row: self.moderated(request, row, verb, **options), words=words)

    @admin.action(description="Approve", permissions=["moderate"])
    def approve(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._decide(request, rows, "approve")

    @admin.action(description="Reject", permissions=["moderate"])
    def reject(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, "Say why; its maker reads it. Nothing was done.", messages.WARNING)
            return
        self._decide(request, rows, "reject", reason=reason)

    @admin.action(description="Feature", permissions=["moderate"])
    def feature(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._decide(request, rows, "feature", words="featured", featured=True)

    @admin.action(description="Feature no longer", permissions=["moderate"])
    def unfeature(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._decide(request, rows, "feature", words="featured no longer", featured=False)
