"""The artwork queue: what waits for a moderator first, with what is needed to decide."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display
from unfold.forms import ActionForm

from config.adminsite.amounts import age, amount
from config.adminsite.documents import document
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link, thumbnail
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.rows import RowList
from config.core.errors import Conflict
from config.core.storage import signed_link
from marketplace.admin.duplicates import HELD, REVIEW
from marketplace.admin.evidence import finding
from marketplace.admin.works import LISTING_PAGES, SHOWN, WorkAdmin
from marketplace.choices import Kind, Status, Verdict
from marketplace.duplicates.detector import HOLD, REJECT, risk
from marketplace.models import Appeal, Artwork, Picture
from marketplace.models.pictures import picture_bytes
from marketplace.selectors.moderation import pictures_to_review, pictures_to_review_count, waiting_marked
from marketplace.services import moderation

STATE_COLOURS = {
    "held": "warning",
    "new picture held": "warning",
    "appealed": "warning",
    "pending": "info",
    "being checked": "info",
    "approved": "success",
    "rejected": "danger",
}
RISK_COLOURS = {"LOW": "success", "MEDIUM": "warning", "HIGH": "danger"}


SERVICES: dict[str, Any] = {
    "approve": moderation.artwork_approve,
    "reject": moderation.artwork_reject,
    "feature": moderation.artwork_feature,
}


class NeedsDecision(admin.SimpleListFilter):
    title = "needs a decision"
    parameter_name = "needs_decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(waits=self.value() == "yes") if self.value() in ("yes", "no") else rows


class DuplicateRisk(admin.SimpleListFilter):
    title = "duplicate risk"
    parameter_name = "risk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("low", f"Low, below {HOLD}"),
            ("medium", f"Medium, {HOLD} to {REJECT}"),
            ("high", f"High, {REJECT} up"),
        ]

    def queryset(self, request: HttpRequest, rows: QuerySet[Artwork]) -> QuerySet[Artwork]:
        score = "picture__similarity_score"
        wanted = {
            "low": Q(**{f"{score}__lt": HOLD}),
            "medium": Q(**{f"{score}__gte": HOLD, f"{score}__lt": REJECT}),
            "high": Q(**{f"{score}__gte": REJECT}),
        }.get(self.value() or "")
        return rows.filter(wanted) if wanted is not None else rows


class ReasonForm(ActionForm):  # type: ignore[misc]
    """The chosen action, and for a rejection the reason that the artist reads."""

    reason = forms.CharField(
        label="",
        required=False,
        max_length=2000,
        widget=forms.TextInput(
            {
                "placeholder": "Reason, for the artist",
                "aria-label": "Reason, for the artist",
                "class": "atelier-reason",
                "x-show": "action == 'reject'",
            }
        ),
    )


class Queue(RowList):
    """Unless another order was chosen: works with a held new picture, what is pending, the rest.

    Of what waits the oldest first, of the rest the newest. Each of the three is read through an index of its own; to
    sort them as one would be to sort the whole table for every page.
    """

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if ORDER_VAR in self.params:
            return
        in_pages = self.multi_page and not (self.show_all and self.can_show_all)
        start = (self.page_num - 1) * self.list_per_page if in_pages else 0
        self.result_list = self._rows(start, start + self.list_per_page if in_pages else self.result_count)

    def _rows(self, start: int, stop: int) -> list[Artwork]:
        rows = self.queryset.order_by()
        held = Picture.objects.filter(verdict=Verdict.HELD).values("artwork")
        replaced = rows.filter(waits=True, pk__in=held).exclude(status=Status.PENDING)
        pending = rows.filter(status=Status.PENDING)
        rest = rows.filter(waits=False)
        found: list[Artwork] = []
        for part in (replaced.order_by("created_at", "id"), pending.order_by("created_at", "id")):
            size = part.count()
            if start < size and stop > 0:
                found += part[max(start, 0) : stop]
            start, stop = start - size, stop - size
        return [*found, *rest.order_by("-created_at", "-id")[max(start, 0) : max(stop, 0)]]


@admin.register(Artwork)
class ArtworkAdmin(WorkAdmin):
    list_per_page = 25
    list_display = ("work", "state", "similarity", "kind_of_work", "asked", "waiting", "featured", "review")
    list_display_links = ("work",)
    list_filter = (
        *(NeedsDecision, "status", DuplicateRisk, "picture__verdict", "picture__check_state"),
        *("artwork_type", "is_featured", "is_available", "category", ("created_at", DateRange), ("price", NumberRange)),
    )
    list_select_related = ("seller", "category", "picture")
    search_fields = ("title", "description", "seller__username")
    actions = ("approve", "reject", "feature", "unfeature")
    decisions = (*WorkAdmin.decisions, "compare")
    action_form = ReasonForm
    list_before_template = "admin/marketplace/artwork/held.html"
    readonly_fields = ("shown_picture", "asked", "tag_words")
    asked = amount("price")
    fieldsets = (
        (None, {"fields": ("shown_picture", "title", "description", "seller", "category", "tag_words")}),
        ("Sale", {"fields": ("artwork_type", "asked", "edition_size", "stock", "is_available")}),
        ("Moderation", {"fields": ("status", "approved_at", "is_featured")}),
        ("Counts and dates", {"fields": ("views_count", "likes_count", "channel", "created_at", "updated_at")}),
    )

    # ------------------------------------------------------------ rows
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Queue]:
        return Queue

    def get_queryset(self, request: HttpRequest) -> QuerySet[Artwork]:
        artworks = Artwork.objects.filter(kind=Kind.ARTWORK)  # said again for the indexes, which begin with it
        rows: QuerySet[Any] = waiting_marked(artworks.defer(*picture_bytes("picture")))
        reviewed = pictures_to_review(actor=request.user).filter(artwork=OuterRef("pk")).order_by("-pk")
        return rows.annotate(review_id=Subquery(reviewed.values("pk")[:1]))

    @admin.display(description="artwork", ordering="title")
    def work(self, artwork: Artwork) -> str:
        return format_html(
            '<span class="atelier-work">{}<span><strong>{}</strong><small>{}</small></span></span>',
            _thumbnail(artwork),
            artwork.title,
            artwork.seller.username,
        )

    @display(description="state", label=STATE_COLOURS)
    def state(self, artwork: Artwork) -> str:
        picture = artwork.picture
        if artwork.status == Status.PENDING and picture is not None:
            if not picture.is_checked:
                return "being checked"
            return "held" if picture.verdict == Verdict.HELD else "pending"
        if artwork.waits and artwork.status == Status.APPROVED:  # type: ignore[attr-defined]
            return "new picture held"
        if artwork.review_id and artwork.status == Status.REJECTED:  # type: ignore[attr-defined]
            return "appealed"
        return artwork.status

    @display(description="similarity", ordering="picture__similarity_score", label=RISK_COLOURS)
    def similarity(self, artwork: Artwork) -> str | tuple[str, str]:
        if artwork.picture is None or not artwork.picture.is_checked:
            return "not checked"
        level = risk(artwork.picture.similarity_score)
        return level, f"{level} {artwork.picture.similarity_score:.0f}"

    @admin.display(description="kind", ordering="artwork_type")
    def kind_of_work(self, artwork: Artwork) -> str:
        category = artwork.category.name if artwork.category else "no category"
        kind = artwork.get_artwork_type_display()
        return format_html('<span class="atelier-two">{}<small>{}</small></span>', category, kind)

    @admin.display(description="age", ordering="created_at")
    def waiting(self, artwork: Artwork) -> str:
        exact = f"{artwork.created_at:%Y-%m-%d %H:%M} UTC"
        return format_html('<span title="{}">{}</span>', exact, age(artwork.created_at))

    @admin.display(description="featured", ordering="is_featured", empty_value="")
    def featured(self, artwork: Artwork) -> str | None:
        star = (
            '<span class="material-symbols-outlined atelier-star" role="img" aria-label="{0}" title="{0}">star</span>'
        )
        return format_html(star, "Featured") if artwork.is_featured else None

    @admin.display(description="")
    def review(self, artwork: Artwork) -> str:
        if not artwork.review_id:  # type: ignore[attr-defined]
            return ""
        address = reverse(REVIEW, args=[artwork.review_id])  # type: ignore[attr-defined]
        return format_html('<a class="atelier-link" href="{}">Compare</a>', address)

    @admin.display(description="picture")
    def shown_picture(self, artwork: Artwork) -> str:
        if artwork.picture is None or not artwork.picture.watermarked:
            return "None yet."
        return format_html('<img class="atelier-picture" src="{}" alt="">', artwork.picture.watermarked.url)

    # ------------------------------------------------------------ what belongs to it
    def may_press(self, request: HttpRequest, row: Any, button: Any) -> bool:
        if getattr(button, "__name__", "") == "compare" and not row.review_id:
            return False
        return super().may_press(request, row, button)

    def files(self, request: HttpRequest, row: Any) -> Iterator[Panel]:
        pictures = Picture.objects.filter(artwork=row.pk).select_related("matched").defer(*picture_bytes())
        yield Panel(
            "Pictures, and what they resemble",
            ("", "Picture", "Check", "Similarity", "Resembles", "What was found", "Compare", "Uploaded"),
            [self._picture(request, row, picture) for picture in pictures.order_by("-pk")[:SHOWN]],
            note="Originals are shown by links that expire.",
            numeric=(3,),
        )

    def _picture(self, request: HttpRequest, row: Any, picture: Picture) -> tuple[object, ...]:
        found, other = finding(picture), picture.matched
        facts = "; ".join(f"{name}: {value}" for name, value in found.facts)
        return (
            thumbnail(str(picture.watermarked.url) if picture.watermarked else "", "As everybody sees it"),
            link(
                f"Original, {picture.width} × {picture.height}, {filesizeformat(picture.byte_size)}",
                signed_link(str(picture.original.name)) if picture.original else "",
            ),
            picture.get_verdict_display() if picture.is_checked else picture.get_check_state_display(),
            f"{found.score} ({found.risk})",
            link(other.title, row_address(request, LISTING_PAGES[Kind(other.kind)], other.pk)) if other else "",
            " ".join(filter(None, (found.explanation, facts))),
            link("Side by side", reverse(REVIEW, args=[picture.pk])) if picture.pk == row.review_id else "",
            picture.created_at,
        )

    def appeals(self, row: Any) -> QuerySet[Appeal]:
        return Appeal.objects.filter(picture__artwork=row.pk)

    # ------------------------------------------------------------ decisions
    def seen(self, row: Any) -> str:
        return f"{row.picture_id or 0}-{row.review_id or 0}"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        waiting = pictures_to_review_count(actor=request.user)
        extra = {"held_count": waiting, "held_address": reverse(HELD)} | (extra_context or {})
        return super().changelist_view(request, extra)

    def moderated(self, request: HttpRequest, row: Any, verb: str, **options: Any) -> Any:
        return SERVICES[verb](actor=request.user, artwork_id=row.pk, **options)

    @document("Compare", permissions=["moderate"], icon="compare")
    def compare(self, request: HttpRequest, row: Any) -> HttpResponseBase:
        if not row.review_id:
            raise Conflict("None of its pictures waits to be compared.")
        return HttpResponseRedirect(reverse(REVIEW, args=[row.review_id]))


def _thumbnail(artwork: Artwork) -> str:
    picture = artwork.picture
    if picture is None or not picture.watermarked:
        return format_html('<span class="atelier-thumb atelier-none" title="{}"></span>', "No picture to show yet")
    return format_html('<img class="atelier-thumb" loading="lazy" src="{}" alt="">', picture.watermarked.url)
