"""One of Nexus's 3-D models, with what the caller has to do with it: whether they bought it, or have it in the cart."""

from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.nexus.offers import ChangesIn, UploadIn, beside_of, details_of
from commerce.selectors.orders import is_in_cart
from commerce.selectors.sales import purchase_kept
from commerce.services.checkout.downloads import line_link
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.nexus_objects import ModelMiniOut, ModelOut, mini_columns, model_columns, model_mini, models
from marketplace import policies as catalogue
from marketplace.choices import Licence
from marketplace.licences import LICENCES
from marketplace.models import Model3D
from marketplace.selectors import models_3d as selectors
from marketplace.services.models_3d.offers import model_offer, model_revise, model_take_off
from marketplace.services.uploads.files import FORM_BYTES, PICTURES_BYTES
from marketplace.services.views import view_count

COLUMNS, MINI = model_columns(), mini_columns()


class LicenceOut(serializers.Serializer[Any]):
    code = serializers.ChoiceField(Licence.choices)
    name = serializers.CharField()
    text = serializers.CharField()


class ModelDetailOut(ModelOut):
    """`related_models`: up to four others on sale of the same category."""

    license = LicenceOut(allow_null=True, help_text="An addition: what its buyers may do with it.")

    is_liked = serializers.BooleanField()
    is_purchased = serializers.BooleanField()
    is_in_cart = serializers.BooleanField()
    comment_count = serializers.IntegerField(help_text="With the answers.")
    related_models = ModelMiniOut(many=True)


class Model(NexusView):
    @operation(answer=ModelDetailOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        """Counts the visitor's first visit of the day, which `views` includes. Of its buyers `file_url` is a link that
        ends when the price goes back, and null once they have had all of their downloads."""
        model = selectors.model_visible(actor=request.user, reference=id)
        view_count(
            actor=request.user,
            listing=model,
            address=self.address,
            agent=request.headers.get("User-Agent", ""),
            country=self.country,
        )
        return self.answer(self._detail(model))

    @operation(body=ChangesIn, answer=ModelOut)
    def update(self, request: Request, id: int) -> Response:
        """For its creator and administrators. A new main file puts the model back to pending, and so does any change of
        a rejected one."""
        sent = self.body()
        model = model_revise(
            actor=self.caller,
            model_id=id,
            changes=details_of(sent),
            category=sent.get("category", ""),
            file_id=sent.get("file_id", ""),
            beside_it=beside_of(sent),
            flags={name: sent[name] for name in ("status", "is_featured", "is_trending") if name in sent},
        )
        row = selectors.model_row(model=model, columns=COLUMNS)
        (shown,) = models([row], request, sees_originals=catalogue.may_moderate(request.user))
        return self.answer(shown)

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """One that somebody bought is archived: gone from every list, still there for its buyers."""
        model_take_off(actor=self.caller, model_id=id)
        return self.answer({"message": "Model deleted"})

    def _detail(self, model: Model3D) -> dict[str, Any]:
        request = self.request
        (shown,) = models(
            [selectors.model_row(model=model, columns=COLUMNS)],
            request,
            sees_originals=catalogue.may_moderate(request.user),
        )
        files, line = Files(request), purchase_kept(actor=request.user, listing_id=model.pk)
        if line is not None and shown["file_url"] is None:
            link = line_link(line)
            shown["file_url"] = files.absolute(link) if link else None
        return shown | {
            "license": {"code": model.licence, **LICENCES[model.licence]._asdict()} if model.licence else None,
            "is_liked": selectors.is_liked(actor=request.user, listing_id=model.pk),
            "is_purchased": line is not None,
            "is_in_cart": is_in_cart(request.user, model.pk),
            "comment_count": model.comments_count,
            "related_models": [
                model_mini(row, "", files) for row in selectors.models_related(like=model, columns=MINI)
            ],
        }


class Offers(NexusView):
    upload_max_bytes: ClassVar = settings.MESH_MAX_BYTES + PICTURES_BYTES + FORM_BYTES

    @operation(body=UploadIn, answer=ModelOut, status=201, multipart=True, idempotent=True)
    def upload(self, request: Request) -> Response:
        """A model with its file, pending until a moderator has looked at it. Up to 200 MB, and its pictures.

        The answer waits a few seconds for the analysis; what takes longer is told by GET /models/{id}/analysis."""
        sent = self.body()
        model = model_offer(
            actor=self.caller,
            channel=self.dialect,
            details=details_of(sent),
            category=sent["category"],
            wait=settings.MESH_CHECK_WAIT,
            file=sent.get("file"),
            file_id=sent.get("file_id", ""),
            thumbnail=sent.get("thumbnail"),
            previews=[each for each in sent.get("preview_images", ()) if not isinstance(each, str)],
            beside_it=beside_of(sent),
            once=self.once,
        )
        (shown,) = models([selectors.model_row(model=model, columns=COLUMNS)], request)
        return self.answer(shown, status=201)
