"""The moderators' queue: artworks, 3-D models and reports of abuse that wait, the oldest first, decided about by keys.

The page works without its script: each row is two forms. With it, a decision is sent by itself, its answer is JSON, and
the next row is at hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from community.errors import ReportDecided
from community.models import AbuseReport
from community.selectors.reported import reports_waiting
from community.services.reports import report_decide
from config.adminsite.links import row_address
from config.core.errors import DomainError, Kind
from marketplace.duplicates.detector import risk
from marketplace.models import Artwork, Model3D, Picture
from marketplace.selectors.moderation import artworks_waiting, models_waiting, replacements_waiting
from marketplace.selectors.pictures import pictures_shown
from marketplace.services import moderation
from marketplace.services.models_3d import moderation as models_3d

QUEUE: Final = "admin:moderation_queue"
A_PAGE: Final = 25
REVIEW: Final = "admin:marketplace_picture_review"
STATUSES: Final = {Kind.DENIED: 403, Kind.MISSING: 404, Kind.CONFLICT: 409}


@dataclass(frozen=True)
class Row:
    """What waits. `seen` is the picture or file that it is decided by; `address` its page, `compare` where it is
    compared with what it resembles, `picture` what everybody would see."""

    kind: str
    pk: int
    title: str
    by: str
    since: datetime
    what: str
    said: str = ""
    seen: int = 0
    is_featured: bool = False
    address: str = ""
    compare: str = ""
    picture: str = ""

    @property
    def is_report(self) -> bool:
        return self.kind == "report"


# ---------------------------------------------------------------- what waits
def rows_waiting(request: HttpRequest) -> list[Row]:
    """The first page. Five queries, however many wait."""
    actor = request.user
    found = [
        *(_artwork(request, artwork, artwork.held_id) for artwork in artworks_waiting(actor=actor)[:A_PAGE]),  # type: ignore[attr-defined]
        *(_replacement(request, picture) for picture in replacements_waiting(actor=actor)[:A_PAGE]),
        *(_model(request, model) for model in models_waiting(actor=actor)[:A_PAGE]),
        *(_report(request, report) for report in reports_waiting(actor=actor)[:A_PAGE]),
    ]
    first = sorted(found, key=lambda row: (row.since, row.kind, row.pk))[:A_PAGE]
    pictures = pictures_shown({row.pk for row in first if not row.is_report})
    return [
        row if row.is_report or row.picture else Row(**{**vars(row), "picture": pictures.get(row.pk, "")})
        for row in first
    ]


def count_waiting(request: HttpRequest) -> int:
    """Four queries."""
    actor = request.user
    return (
        artworks_waiting(actor=actor).count()
        + replacements_waiting(actor=actor).count()
        + models_waiting(actor=actor).count()
        + reports_waiting(actor=actor).count()
    )


def _artwork(request: HttpRequest, artwork: Artwork, held_id: int | None) -> Row:
    picture = artwork.picture
    return Row(
        kind="artwork",
        pk=artwork.pk,
        title=artwork.title,
        by=artwork.seller.username,
        since=artwork.created_at,
        what=f"Artwork, {_category(artwork)}",
        said=_similar(picture.similarity_score) if picture is not None else "",
        seen=held_id or artwork.picture_id or 0,
        is_featured=artwork.is_featured,
        address=row_address(request, "marketplace.Artwork", artwork.pk),
        compare=reverse(REVIEW, args=[held_id]) if held_id else "",
    )


def _replacement(request: HttpRequest, picture: Picture) -> Row:
    artwork = picture.artwork
    return Row(
        kind="artwork",
        pk=artwork.pk,
        title=artwork.title,
        by=artwork.seller.username,
        since=picture.created_at,
        what=f"New picture of an artwork that is {artwork.get_status_display().lower()}, {_category(artwork)}",
        said=_similar(picture.similarity_score),
        seen=picture.pk,
        is_featured=artwork.is_featured,
        address=row_address(request, "marketplace.Artwork", artwork.pk),
        compare=reverse(REVIEW, args=[picture.pk]),
        picture=str(picture.watermarked.url) if picture.watermarked else "",
    )


def _model(request: HttpRequest, model: Model3D) -> Row:
    mesh, address = model.mesh, row_address(request, "marketplace.Model3D", model.pk)
    return Row(
        kind="model",
        pk=model.pk,
        title=model.title,
        by=model.seller.username,
        since=model.created_at,
        what=f"3-D model, {_category(model)}",
        said=_similar(mesh.similarity_score) if mesh is not None else "It has no file.",
        seen=model.mesh_id or 0,
        is_featured=model.is_featured,
        address=address,
        compare=address if mesh is not None and mesh.matched_id else "",
    )


def _report(request: HttpRequest, report: AbuseReport) -> Row:
    return Row(
        kind="report",
        pk=report.pk,
        title=report.excerpt or f"{report.get_kind_display()} {report.target_id}",
        by=report.author.username if report.author else "",
        since=report.created_at,
        what=f"Report of a {report.get_kind_display()}: {report.get_reason_display().lower()}",
        said=f"{report.reporter.username}: {report.details}" if report.details else f"By {report.reporter.username}.",
        address=row_address(request, "community.AbuseReport", report.pk),
    )


def _category(listing: Any) -> str:
    return listing.category.name if listing.category else "no category"


def _similar(score: Any) -> str:
    return f"Similarity {score:.0f} of 100, {risk(score)} risk."


# ---------------------------------------------------------------- what is decided
class QueueForm(forms.Form):
    """One decision about one row; `seen` as the row has it."""

    DECISIONS = ("approve", "reject", "feature", "unfeature", "hold", "dismiss", "uphold")

    kind = forms.ChoiceField(choices=[(word, word) for word in ("artwork", "model", "report")])
    row = forms.IntegerField(min_value=1, max_value=2**53)
    seen = forms.IntegerField(min_value=0, max_value=2**53, required=False)
    decision = forms.ChoiceField(choices=[(word, word) for word in DECISIONS])
    reason = forms.CharField(max_length=2000, required=False)

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        pair = (sent.get("kind"), sent.get("decision"))
        if not self.errors and pair not in DECIDE:
            self.add_error("decision", "This cannot be decided about it.")
        if pair[1] == "reject" and not sent.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Say why; its maker reads it.")
        return sent


def decide(request: HttpRequest) -> HttpResponse:
    """Carries out what was sent. As JSON `told` says what came of it, `gone` that the row waits no more, and `undo` by
    which decision it is taken back, where one does; a refusal has the status of its kind."""
    form = QueueForm(request.POST)
    if not form.is_valid():
        words = " ".join(str(each) for errors in form.errors.values() for each in errors)
        return _answer(request, {"told": words, "gone": False, "undo": ""}, 400)
    sent = form.cleaned_data
    service, told, undo = DECIDE[sent["kind"], sent["decision"]]
    try:
        row = service(request.user, sent)
    except ReportDecided as refusal:
        return _answer(request, {"told": _decided_by(sent["row"], refusal), "gone": True, "undo": ""}, 409)
    except DomainError as refusal:
        gone = refusal.kind in (Kind.CONFLICT, Kind.MISSING)
        return _answer(request, {"told": refusal.message, "gone": gone, "undo": ""}, STATUSES.get(refusal.kind, 400))
    gone = sent["decision"] not in ("feature", "unfeature")
    return _answer(request, {"told": f"{_named(row)}: {told}", "gone": gone, "undo": undo}, 200)


def _answer(request: HttpRequest, said: dict[str, Any], status: int) -> HttpResponse:
    if request.accepts("text/html"):
        messages.add_message(request, messages.SUCCESS if status == 200 else messages.WARNING, said["told"])
        return HttpResponseRedirect(reverse(QUEUE))
    return JsonResponse(said, status=status)


def _named(row: Any) -> str:
    return f"Report of a {row.get_kind_display()}" if isinstance(row, AbuseReport) else f"“{row.title}”"


def _decided_by(report_id: int, refusal: ReportDecided) -> str:
    report = AbuseReport.objects.select_related("decided_by").filter(pk=report_id).first()
    if report is None or report.decided_by is None:
        return refusal.message
    return f"Decided meanwhile by {report.decided_by.username}: it is {report.get_status_display().lower()}."


Decide = Callable[[Any, dict[str, Any]], Any]
# By kind and decision: what carries it out, what is told, and by which decision it is taken back ("" by none).
DECIDE: Final[dict[tuple[str, str], tuple[Decide, str, str]]] = {
    ("artwork", "approve"): (
        lambda actor, sent: moderation.artwork_approve(actor=actor, artwork_id=sent["row"], seen=sent["seen"] or 0),
        *("approved.", ""),
    ),
    ("artwork", "reject"): (
        lambda actor, sent: moderation.artwork_reject(
            actor=actor, artwork_id=sent["row"], reason=sent["reason"], seen=sent["seen"] or 0
        ),
        *("rejected.", ""),
    ),
    ("artwork", "feature"): (
        lambda actor, sent: moderation.artwork_feature(actor=actor, artwork_id=sent["row"], featured=True),
        *("featured.", "unfeature"),
    ),
    ("artwork", "unfeature"): (
        lambda actor, sent: moderation.artwork_feature(actor=actor, artwork_id=sent["row"], featured=False),
        *("featured no longer.", "feature"),
    ),
    ("model", "approve"): (
        lambda actor, sent: models_3d.model_approve(actor=actor, model_id=sent["row"], seen=sent["seen"] or 0),
        *("approved.", "hold"),
    ),
    ("model", "reject"): (
        lambda actor, sent: models_3d.model_reject(
            actor=actor, model_id=sent["row"], reason=sent["reason"], seen=sent["seen"] or 0
        ),
        *("rejected.", ""),
    ),
    ("model", "hold"): (
        lambda actor, sent: models_3d.model_hold(actor=actor, model_id=sent["row"]),
        *("off sale again; it waits.", ""),
    ),
    ("model", "feature"): (
        lambda actor, sent: models_3d.model_feature(actor=actor, model_id=sent["row"], featured=True),
        *("featured.", "unfeature"),
    ),
    ("model", "unfeature"): (
        lambda actor, sent: models_3d.model_feature(actor=actor, model_id=sent["row"], featured=False),
        *("featured no longer.", "feature"),
    ),
    ("report", "dismiss"): (
        lambda actor, sent: report_decide(actor=actor, report_id=sent["row"], upheld=False),
        *("dismissed.", ""),
    ),
    ("report", "uphold"): (
        lambda actor, sent: report_decide(actor=actor, report_id=sent["row"], upheld=True),
        *("upheld.", ""),
    ),
}
