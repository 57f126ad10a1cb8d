# ruff: noqa: N815 (the names of the sell form)
"""v1's designs: put up for sale by form or directly, listed, read and edited."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.selectors.listing_sales import Sold, sales_of
from commerce.selectors.promotions import listings_promoted
from config.core.money import chargeable
from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.counting import FURTHEST
from config.dialects.fields import SentBoolean
from config.dialects.files import Files
from config.dialects.v1 import AmountIn, ReferenceField, TagsField, V1View, amount
from marketplace.choices import FileOrigin, Licence, Status
from marketplace.models import Model3D
from marketplace.selectors import models_3d as model_selectors
from marketplace.selectors.listing_pictures import NONE, pictures_of
from marketplace.selectors.resemblances import Standing, standings
from marketplace.services.models_3d.designs import DesignStatus, design_create, design_edit
from marketplace.services.models_3d.models import ModelDetails
from marketplace.services.views import view_count

FORM_CATEGORIES = ["aerospace", "automotive", "mechanical", "architecture", "industrial", "other"]
STATUS_WORDS = {
    Status.DRAFT: "draft",
    Status.PENDING: "pending",
    Status.APPROVED: "active",
    Status.REJECTED: "rejected",
    Status.ARCHIVED: "archived",
}
MOST = 500
LONGEST_TEXT = 20_000


class Price(AmountIn):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, **options)


NUMBER = {"type": "number", "minimum": 0}
NUMBER_AS_TEXT = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}


@extend_schema_field({"oneOf": [NUMBER, NUMBER_AS_TEXT]})
class FormPrice(Price):
    """The form sends text."""


class SellIn(serializers.Serializer[Any]):
    """The form. Blank texts stand for fields that were left out."""

    designName = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=LONGEST_TEXT)
    price = FormPrice()
    category = serializers.ChoiceField(FORM_CATEGORIES)
    fileOrigin = serializers.ChoiceField(FileOrigin.choices)
    licenseType = serializers.ChoiceField(Licence.choices)
    originDeclaration = serializers.BooleanField()
    qualityAssurance = serializers.BooleanField()
    technicalSpecs = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    tags = TagsField(required=False)
    instructions = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    original_model_id = ReferenceField(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        """Categories are compared without case."""
        if isinstance(data, dict) and isinstance(data.get("category"), str):
            data = data | {"category": data["category"].strip().lower()}
        return super().to_internal_value(data)


class DesignIn(serializers.Serializer[Any]):
    """A `category` that is none of ours is kept as it was written."""

    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_null=True, allow_blank=True)
    price = Price()
    category = serializers.CharField(max_length=100, required=False, allow_null=True, allow_blank=True)
    status = serializers.ChoiceField([status.value for status in DesignStatus], default=DesignStatus.DRAFT.value)
    tags = TagsField(required=False)
    original_model_id = ReferenceField(required=False, allow_null=True)


class EditIn(serializers.Serializer[Any]):
    """What is null or left out stays as it is. `is_featured` pins the design on its seller's own page. `status` puts it
    up for sale or withdraws it."""

    title = serializers.CharField(max_length=200, required=False, allow_null=True)
    description = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_null=True, allow_blank=True)
    price = Price(required=False, allow_null=True)
    category = serializers.CharField(max_length=100, required=False, allow_null=True)
    tags = TagsField(required=False, allow_null=True)
    is_featured = SentBoolean(required=False, allow_null=True)
    status = serializers.ChoiceField([status.value for status in DesignStatus], required=False, allow_null=True)
    original_model_id = ReferenceField(required=False, allow_null=True)


class DesignQuery(serializers.Serializer[Any]):
    """`seller` is a seller's number, or `me` for all of one's own, drafts included."""

    category = serializers.CharField(max_length=100, required=False)
    search = serializers.CharField(max_length=200, required=False)
    seller = serializers.RegexField(r"^(me|[0-9]{1,18})$", required=False)
    page = serializers.IntegerField(min_value=1, max_value=FURTHEST, default=1)
    size = serializers.IntegerField(min_value=1, default=MOST, help_text=f"At most {MOST}.")


class MatchedDesignOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField(allow_null=True)
    creator = serializers.CharField()


class DuplicateCheckOut(serializers.Serializer[Any]):
    """What the duplicate check found about a file that it held or refused: `matched_model` is null where the other is
    gone, its title where it is not public."""

    verdict = serializers.ChoiceField(["held", "refused"])
    similarity_score = serializers.FloatField(min_value=0, max_value=100)
    explanation = serializers.CharField(allow_blank=True)
    matched_model = MatchedDesignOut(allow_null=True)
    picture_url = serializers.URLField(allow_null=True)


class DesignOut(serializers.Serializer[Any]):
    """`sales` counts what was sold and not refunded whole; `revenue` is what was paid less what was refunded.
    `status_reason` and `duplicate_check` are for its seller and moderators, null for everybody else."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    price = serializers.FloatField()
    currency = serializers.CharField()
    category = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField([*STATUS_WORDS.values(), "inactive"])
    sales = serializers.IntegerField()
    revenue = serializers.FloatField()
    views = serializers.IntegerField()
    likes = serializers.IntegerField()
    seller_id = serializers.IntegerField()
    original_model_id = serializers.IntegerField(allow_null=True)
    thumbnail_url = serializers.URLField(allow_null=True)
    preview_url = serializers.URLField(allow_null=True)
    status_reason = serializers.CharField(allow_null=True)
    duplicate_check = DuplicateCheckOut(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class EditedOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    price = serializers.FloatField()
    currency = serializers.CharField()
    is_featured = serializers.BooleanField()
    status = serializers.ChoiceField([*STATUS_WORDS.values(), "inactive"])
    status_reason = serializers.CharField(allow_null=True)
    updated_at = serializers.DateTimeField()
    message = serializers.CharField()


def status_word(design: Model3D) -> str:
    """Approved is `active`, or `inactive` where its seller has switched it off in another dialect."""
    if design.status == Status.APPROVED and not design.is_available:
        return "inactive"
    return STATUS_WORDS[Status(design.status)]


def category_word(design: Model3D) -> str | None:
    """The form's own word for its six categories, else the category's name, else what its maker wrote."""
    name = design.category.name if design.category else design.subcategory
    return name.lower() if name.lower() in FORM_CATEGORIES else name or None


def shown(designs: Iterable[Model3D], request: Request) -> list[dict[str, Any]]:
    """Designs as v1 shows them to the caller. Two queries for their sales, one for their pictures, and for the caller's
    own three for why they wait."""
    rows = list(designs)
    ids = [design.pk for design in rows]
    sold, pictures, files = sales_of(ids), pictures_of(ids), Files(request)
    told = standings(actor=request.user, models=rows)
    return [
        _shown(design, sold.get(design.pk, Sold()))
        | {
            "thumbnail_url": files.public(pictures.get(design.pk, NONE).thumbnail),
            "preview_url": files.public(pictures.get(design.pk, NONE).preview),
        }
        | _standing(told.get(design.pk), files)
        for design in rows
    ]


def _standing(told: Standing | None, files: Files) -> dict[str, Any]:
    alike = told.resemblance if told is not None else None
    return {
        "status_reason": (told.reason if told is not None else "") or None,
        "duplicate_check": alike
        and {
            "verdict": alike.verdict.value,
            "similarity_score": alike.score,
            "explanation": alike.explanation,
            "matched_model": alike.model,
            "picture_url": files.private(alike.picture),
        },
    }


def _shown(design: Model3D, sold: Sold) -> dict[str, Any]:
    return {
        "id": str(design.uuid),
        "name": design.title,
        "description": design.description or None,
        "price": amount(chargeable(design.price, design.currency), design.currency),
        "currency": design.currency,
        "category": category_word(design),
        "status": status_word(design),
        "sales": sold.sales,
        "revenue": amount(sold.revenue, design.currency),
        "views": design.views_count,
        "likes": design.likes_count,
        "seller_id": design.seller_id,
        "original_model_id": design.original_id,
        "created_at": design.created_at,
        "updated_at": design.updated_at,
    }


class Designs(V1View):
    @operation(body=SellIn, answer=DesignOut, status=201, idempotent=True)
    def sell(self, request: Request) -> Response:
        """Up for sale at once, also without a file; with one when its analysis has ended."""
        sent = self.body()
        details = ModelDetails(
            title=sent["designName"],
            description=sent["description"],
            price=sent["price"],
            tags=sent.get("tags", []),
            file_origin=sent["fileOrigin"],
            licence=sent["licenseType"],
            is_own_work=sent["originDeclaration"],
            is_quality_assured=sent["qualityAssurance"],
            technical_specs=sent.get("technicalSpecs", ""),
            instructions=sent.get("instructions", ""),
        )
        return self._made(request, details, sent, DesignStatus.ACTIVE)

    @operation(body=DesignIn, answer=DesignOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        sent = self.body()
        details = ModelDetails(title=sent["name"], description=sent.get("description") or "", price=sent["price"])
        details["tags"] = sent.get("tags", [])
        return self._made(request, details, sent, DesignStatus(sent["status"]))

    def _made(self, request: Request, details: ModelDetails, sent: dict[str, Any], status: DesignStatus) -> Response:
        design = design_create(
            actor=self.caller,
            channel=self.dialect,
            details=details,
            category=sent.get("category") or "",
            original=sent.get("original_model_id"),
            status=status,
            once=self.once,
        )
        return self.answer(shown([design], request)[0])

    @operation(query=DesignQuery, answer=DesignOut, rows="all", who=AllowAny)
    def list(self, request: Request) -> Response:
        """What is on sale, the newest first: 500 at a time. Promoted designs come before them, and among a seller's own
        those that they pinned."""
        asked = self.query()
        seller = asked.get("seller")
        if seller == "me" and request.user.pk is None:
            raise NotAuthenticated
        designs = model_selectors.models_listed(
            actor=request.user,
            category=asked.get("category", ""),
            search=asked.get("search", ""),
            seller_id=None if seller is None else request.user.pk if seller == "me" else int(seller),
        )
        size = min(asked["size"], MOST)
        start = (asked["page"] - 1) * size
        promoted = listings_promoted() if seller is None else []
        found = model_selectors.models_slice(designs, start=start, size=size, promoted=promoted)
        return Response(shown(found, request))

    @operation(answer=DesignOut, who=AllowAny)
    def get(self, request: Request, design_id: Reference) -> Response:
        """Counts a view, once a visitor and day."""
        design = model_selectors.model_visible(actor=request.user, reference=design_id, thing="Design")
        agent = request.headers.get("User-Agent", "")
        view_count(actor=request.user, listing=design, address=self.address, agent=agent, country=self.country)
        return self.answer(shown([design], request)[0])


class DesignEdit(V1View):
    @operation(body=EditIn, answer=EditedOut)
    def edit(self, request: Request, design_id: Reference) -> Response:
        """Only what is sent is changed. A withdrawn design is a draft again."""
        sent = {name: value for name, value in self.body().items() if value is not None}
        design = model_selectors.model_visible(actor=self.caller, reference=design_id, thing="Design")
        changes = ModelDetails()
        for name, column in (("title", "title"), ("description", "description"), ("price", "price"), ("tags", "tags")):
            if name in sent:
                changes[column] = sent[name]  # type: ignore[literal-required]
        if "is_featured" in sent:
            changes["is_pinned"] = sent["is_featured"]
        design = design_edit(
            actor=self.caller,
            model_id=design.pk,
            changes=changes,
            category=sent.get("category", ""),
            original=sent.get("original_model_id"),
            status=DesignStatus(sent["status"]) if "status" in sent else None,
        )
        return self.answer(
            {
                "id": design.pk,
                "title": design.title,
                "price": amount(chargeable(design.price, design.currency), design.currency),
                "currency": design.currency,
                "is_featured": design.is_pinned,
                "status": status_word(design),
                "status_reason": standings(actor=self.caller, models=[design])[design.pk].reason or None,
                "updated_at": design.updated_at,
                "message": "Design updated successfully",
            }
        )
