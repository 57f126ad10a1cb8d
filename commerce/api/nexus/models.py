"""One of Nexus's 3-D models, with what the caller has to do with it: whether they bought it, or have it in the cart."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.selectors.orders import is_in_cart, owned_models
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import NexusView
from config.dialects.nexus_objects import ModelMiniOut, ModelOut, mini_columns, model_columns, model_mini, models
from marketplace import policies as catalogue
from marketplace.models import Model3D
from marketplace.selectors import models_3d as selectors
from marketplace.services.views import view_count

COLUMNS, MINI = model_columns(), mini_columns()


class ModelDetailOut(ModelOut):
    """`related_models`: up to four others on sale of the same category."""

    is_liked = serializers.BooleanField()
    is_purchased = serializers.BooleanField()
    is_in_cart = serializers.BooleanField()
    comment_count = serializers.IntegerField(help_text="With the answers.")
    related_models = ModelMiniOut(many=True)


class Model(NexusView):
    @operation(answer=ModelDetailOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        """Counts the visitor's first visit of the day, which `views` includes."""
        model = selectors.model_visible(actor=request.user, reference=id)
        view_count(
            actor=request.user,
            listing=model,
            address=self.address,
            agent=request.headers.get("User-Agent", ""),
            country=self.country,
        )
        return self.answer(self._detail(model))

    def _detail(self, model: Model3D) -> dict[str, Any]:
        request, bought = self.request, owned_models(self.request.user, [model.pk])
        (shown,) = models(
            [selectors.model_row(model=model, columns=COLUMNS)],
            request,
            sees_originals=catalogue.may_moderate(request.user),
            bought=bought,
        )
        files = Files(request)
        return shown | {
            "is_liked": selectors.is_liked(actor=request.user, listing_id=model.pk),
            "is_purchased": model.pk in bought,
            "is_in_cart": is_in_cart(request.user, model.pk),
            "comment_count": model.comments_count,
            "related_models": [
                model_mini(row, "", files) for row in selectors.models_related(like=model, columns=MINI)
            ],
        }
