"""CultureUp's catalogue: categories, artworks, likes, duplicate checks and appeals."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.cultureup.edge import CultureupView
from marketplace import selectors
from marketplace.models import Category


class CategoryOut(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields: ClassVar = ["id", "name", "description", "is_active", "created_at"]


class Categories(CultureupView):
    @operation(answer=CategoryOut, paged=True, public=True)
    def list(self, request: Request) -> Response:
        return self.page(selectors.categories_visible(actor=request.user))

    @operation(answer=CategoryOut, public=True)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(selectors.category_visible(actor=request.user, category_id=id))


class Artworks(CultureupView):
    pass


class ArtistArtworks(CultureupView):
    pass


class ArtworkLike(CultureupView):
    pass


class DuplicateChecks(CultureupView):
    pass
