"""CultureUp's catalogue: categories, artworks, likes, duplicate checks and appeals."""

from typing import Any, cast

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.cultureup import CultureupView
from marketplace.api.cultureup import artworks as output
from marketplace.api.cultureup import serializers
from marketplace.choices import Verdict
from marketplace.selectors.artworks import artwork_visible, artworks_listed, artworks_of_artist
from marketplace.selectors.categories import categories_visible, category_visible
from marketplace.selectors.moderation import artwork_check
from marketplace.services import appeals, artworks, likes, views
from marketplace.services.artworks import ArtworkChanges


class Categories(CultureupView):
    @operation(answer=serializers.CategoryOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self.page(categories_visible(actor=request.user))

    @operation(answer=serializers.CategoryOut, who=AllowAny)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(category_visible(actor=request.user, category_id=id))


class ArtworkPages(CultureupView):
    def artwork_page(self, rows: Any) -> Response:
        return self.page(rows, lambda found: output.listed(found, self.request))


class Artworks(ArtworkPages):
    @operation(query=serializers.ArtworkQuery, answer=serializers.ArtworkOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self.artwork_page(artworks_listed(**self.query()))

    @operation(answer=serializers.ArtworkOut, rows="page", who=AllowAny)
    def featured(self, request: Request) -> Response:
        return self.artwork_page(artworks_listed(is_featured=True))

    @operation(answer=serializers.ArtworkOut, who=AllowAny)
    def get(self, request: Request, id: int) -> Response:
        artwork = artwork_visible(actor=request.user, artwork_id=id)
        agent = request.headers.get("User-Agent", "")
        views.view_count(actor=request.user, listing=artwork, address=self.address, agent=agent, country=self.country)
        return self.answer(output.shown(artwork, request))

    @operation(
        body=serializers.ArtworkCreateIn, answer=serializers.UploadedOut, status=201, multipart=True, idempotent=True
    )
    def create(self, request: Request) -> Response:
        artwork = artworks.artwork_create(actor=self.caller, once=self.once, **self.body())
        shown, picture = output.to_its_artist(artwork, request), artwork.picture
        return self.answer(
            {
                "message": "Artwork uploaded successfully",
                "artwork": shown,
                "duplicate_check": {
                    "checked": shown["rekognition_checked"],
                    "total_compared": picture.total_compared if picture else 0,
                    "duplicate_found": bool(picture and picture.verdict == Verdict.REFUSED),
                },
                "rekognition_labels": shown["rekognition_labels"],
            }
        )

    @operation(body=serializers.ArtworkUpdateIn, answer=serializers.EditedArtworkOut, multipart=True, idempotent=True)
    def update(self, request: Request, id: int) -> Response:
        return self._edit(request, id, self.body())

    @operation(body=serializers.ArtworkUpdateIn, answer=serializers.EditedArtworkOut, multipart=True, idempotent=True)
    def partial_update(self, request: Request, id: int) -> Response:
        return self._edit(request, id, self.body(partial=True))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        artworks.artwork_delete(actor=self.caller, artwork_id=id)
        return self.answer()

    def _edit(self, request: Request, id: int, sent: dict[str, Any]) -> Response:
        image = sent.pop("image", None)
        changes = cast(ArtworkChanges, sent)
        artwork = artworks.artwork_update(
            actor=self.caller, artwork_id=id, changes=changes, image=image, once=self.once
        )
        return self.answer(output.to_its_artist(artwork, request) | {"updated_at": artwork.updated_at})


class ArtistArtworks(ArtworkPages):
    @operation(answer=serializers.ArtworkOut, rows="page", who=AllowAny)
    def artworks(self, request: Request, id: int) -> Response:
        return self.artwork_page(artworks_of_artist(actor=request.user, artist_id=id))


class ArtworkLike(CultureupView):
    @operation(answer=serializers.LikedOut)
    def like(self, request: Request, id: int) -> Response:
        count = likes.artwork_like(actor=self.caller, artwork_id=id)
        return self.answer({"message": "Artwork liked successfully", "likes_count": count})

    @operation(answer=serializers.LikedOut)
    def unlike(self, request: Request, id: int) -> Response:
        count = likes.artwork_unlike(actor=self.caller, artwork_id=id)
        return self.answer({"message": "Like taken back", "likes_count": count})


class DuplicateChecks(CultureupView):
    @operation(answer=serializers.DuplicateCheckOut)
    def duplicate_check(self, request: Request, id: int) -> Response:
        return self.answer(output.checked(artwork_check(actor=request.user, artwork_id=id)))

    @operation(body=serializers.AppealIn, answer=serializers.AppealOut, status=201)
    def appeal(self, request: Request, id: int) -> Response:
        return self.answer(output.appeal(appeals.appeal_create(actor=self.caller, artwork_id=id, **self.body())))
