"""Pictures in Django's admin site, and the pages on which moderators decide about likely copies.

The pages are reached by moderators alone, show both pictures side by side, and call the services that the API calls.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import User
from config.adminsite.amounts import age
from config.adminsite.rows import ReadOnlyAdmin
from config.core.errors import Conflict, DomainError
from config.core.storage import signed_link
from marketplace import policies
from marketplace.admin.evidence import Box, finding
from marketplace.models import Appeal, Listing, Picture
from marketplace.models.pictures import picture_bytes
from marketplace.selectors.moderation import pictures_to_review
from marketplace.services.appeals import appeal_decide
from marketplace.services.moderation import artwork_approve, artwork_reject

A_PAGE = 20
HELD, REVIEW = "admin:marketplace_picture_held", "admin:marketplace_picture_review"


class DecisionForm(forms.Form):
    """About a held picture: approve or reject it, with a reason. About an appealed one: accept or decline the appeal,
    with an answer. Who is refused something is told why."""

    CHOICES = ("approve", "reject", "accept", "decline")

    decision = forms.ChoiceField(choices=[(word, word) for word in CHOICES])
    words = forms.CharField(max_length=2000, required=False)

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        if sent.get("decision") in ("reject", "decline") and not sent.get("words") and "words" not in self.errors:
            self.add_error("words", "Say why; the artist reads it.")
        return sent


@dataclass(frozen=True)
class Side:
    """One of the two pictures, and the work it belongs to."""

    heading: str
    listing: Listing
    picture: Picture | None
    image: str | None
    region: Box | None
    note: str = ""

    @property
    def seller(self) -> User:
        return self.listing.seller


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    list_display = ("id", "artwork", "owner", "check_state", "verdict", "similarity_score", "matched", "created_at")
    list_filter = ("check_state", "verdict", "detector")
    list_select_related = ("artwork", "owner", "matched")
    search_fields = ("artwork__title", "owner__username", "=sha256")
    exclude = picture_bytes()

    def get_urls(self) -> list[URLPattern]:
        return [
            path("held/", self._for_moderators(self.held_view), name=HELD.partition(":")[2]),
            path("<int:picture_id>/review/", self._for_moderators(self.review_view), name=REVIEW.partition(":")[2]),
            *super().get_urls(),
        ]

    def _for_moderators(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        guarded = self.admin_site.admin_view(view)  # sends strangers to the sign-in page

        def page(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not policies.may_moderate(request.user):
                raise PermissionDenied
            return guarded(request, **parts)

        return page

    def held_view(self, request: HttpRequest) -> HttpResponse:
        pages = Paginator(pictures_to_review(actor=request.user), A_PAGE)
        shown = pages.get_page(request.GET.get("page"))
        rows = [
            {
                "picture": picture,
                "found": finding(picture),
                "matched": matched_picture(picture),
                "appeal": appeal_of(picture),
                "age": age(picture.created_at),
            }
            for picture in shown
        ]
        return self._page(request, "held", title="Held duplicates", page=shown, rows=rows, count=pages.count)

    def review_view(self, request: HttpRequest, picture_id: int) -> HttpResponse:
        waiting = pictures_to_review(actor=request.user)
        picture = waiting.filter(pk=picture_id).first()
        if picture is None:
            self.message_user(request, "That picture waits for no decision any more.", messages.INFO)
            return redirect(HELD)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                done = decide(request, picture, form.cleaned_data["decision"], form.cleaned_data["words"])
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                self.message_user(request, done, messages.SUCCESS)
                following = neighbour(waiting, picture_id, forward=True)
                return redirect(REVIEW, picture_id=following) if following else redirect(HELD)
        found, appeal = finding(picture), appeal_of(picture)
        return self._page(
            request,
            "review",
            title=f"Is “{picture.artwork.title}” a copy?",
            picture=picture,
            found=found,
            appeal=appeal,
            form=form,
            sides=sides(picture),
            order=order_of(picture),
            left=waiting.count(),
            place=waiting.filter(pk__lt=picture.pk).count() + 1,
            previous=neighbour(waiting, picture_id, forward=False),
            following=neighbour(waiting, picture_id, forward=True),
        )

    def _page(self, request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        template = f"admin/marketplace/picture/{name}.html"
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **context})


def decide(request: HttpRequest, picture: Picture, decision: str, words: str) -> str:
    """Calls the service of a decision and says what was done. Raises DomainError."""
    actor = request.user
    title, appeal = picture.artwork.title, appeal_of(picture)
    if appeal is not None:
        if decision not in ("accept", "decline"):
            raise Conflict("The artist has appealed: decide about the appeal.")
        accept = decision == "accept"
        appeal_decide(actor=actor, appeal_id=appeal.pk, accept=accept, answer=words)
        return f"The appeal about “{title}” is {'accepted' if accept else 'declined'}."
    if decision == "approve":
        artwork_approve(actor=actor, artwork_id=picture.artwork_id, seen=picture.pk)
        return f"“{title}” is approved: its picture is no copy."
    if decision == "reject":
        artwork_reject(actor=actor, artwork_id=picture.artwork_id, reason=words, seen=picture.pk)
        return f"The picture of “{title}” is rejected as a copy."
    raise Conflict("There is no open appeal about this picture.")


def neighbour(waiting: Any, picture_id: int, *, forward: bool) -> int | None:
    """The id of the picture to look at after this one (or before), round in a circle; None when there is no other."""
    ids = waiting.prefetch_related(None).order_by("pk" if forward else "-pk").values_list("pk", flat=True)
    beyond = {"pk__gt": picture_id} if forward else {"pk__lt": picture_id}
    found: int | None = ids.filter(**beyond).first() or ids.exclude(pk=picture_id).first()
    return found


def appeal_of(picture: Picture) -> Appeal | None:
    appeals: list[Appeal] = picture.open_appeals  # type: ignore[attr-defined]
    return appeals[0] if appeals else None


def matched_picture(picture: Picture) -> Picture | None:
    """What the resembled work shows today."""
    artwork = getattr(picture.matched, "artwork", None)
    return artwork.picture if artwork is not None else None


def sides(picture: Picture) -> list[Side]:
    """The uploaded picture, and the one it resembles unless that work is gone."""
    found = finding(picture)
    uploaded = Side("Uploaded", picture.artwork, picture, image_of(picture), found.region)
    if picture.matched is None:
        return [uploaded]
    theirs = matched_picture(picture)
    if theirs is not None and picture.checked_at is not None and theirs.created_at > picture.checked_at:
        note = "This work shows another picture since, so the matched part cannot be drawn."
        return [uploaded, Side("Resembles", picture.matched, theirs, image_of(theirs), None, note)]
    return [uploaded, Side("Resembles", picture.matched, theirs, image_of(theirs), found.matched_region)]


def order_of(picture: Picture) -> str:
    """Which of the two works was here first: a check that came late may hold the original."""
    if picture.matched is None:
        return ""
    theirs = matched_picture(picture)
    if (theirs or picture.matched).created_at <= picture.created_at:
        return "The other picture was here first."
    return "This picture was here first: the other one may be the copy."


def image_of(picture: Picture | None) -> str | None:
    """The original by a link that expires, else the watermarked rendition."""
    if picture is None:
        return None
    if picture.original:
        return signed_link(str(picture.original.name))
    return str(picture.watermarked.url) if picture.watermarked else None
