"""Reads of 3-D models, their files and labels. Each is limited to what the actor may see."""

from collections.abc import Sequence
from typing import Final

from django.db.models import Q, QuerySet

from accounts.actors import Actor
from config.core.references import Reference, referred
from config.core.text_search import TextIndex, words_of
from marketplace import policies
from marketplace.choices import Kind, Status
from marketplace.models import Category, Listing, Model3D, ModelLabel

_TEXT: Final = TextIndex(short=("title_key",), long=("description_key",))


def model_visible(*, actor: Actor, reference: Reference, thing: str = "Model") -> Model3D:
    """With its file, seller and category. Raises Missing for what the actor may not see; `thing` is its name."""
    models = policies.models_visible_to(actor).select_related("seller", "category", "mesh")
    return referred(models.defer("mesh__fingerprint"), reference, thing)


def own_model(*, actor: Actor, reference: Reference, thing: str = "Model") -> Model3D:
    """One of the actor's own, whatever its status. Raises Missing."""
    return referred(Model3D.objects.filter(seller=actor.pk).exclude(status=Status.ARCHIVED), reference, thing)


def models_listed(
    *, actor: Actor, category: str = "", search: str = "", seller_id: int | None = None
) -> QuerySet[Model3D]:
    """What is on sale, the newest first; of one seller what is pinned before that. Sellers see all of their own.

    `category` is a name, compared without case, or the maker's own word for it. Every word of `search` must be found.
    """
    models = Model3D.objects.filter(kind=Kind.MODEL).select_related("category")
    own = seller_id is not None and seller_id == actor.pk
    models = models.exclude(status=Status.ARCHIVED) if own else models.listed()
    if seller_id is not None:
        models = models.filter(seller=seller_id)
    if category:
        models = models.filter(_called(category))
    if search:
        matching = Listing.objects.filter(kind=Kind.MODEL)
        for word in words_of(search):
            matching = matching.filter(_TEXT.matches(word))
        models = models.filter(pk__in=matching.values("pk")) if words_of(search) else models.none()
    pinned = () if seller_id is None else ("-is_pinned",)
    return models.order_by(*pinned, "-created_at", "-pk")


def models_in_category(*, like: Model3D, category: str | None = None, on_sale: bool = True) -> QuerySet[Model3D]:
    """The models of that category, or else of the one that `like` is in: by its name, or by its maker's own word."""
    models = Model3D.objects.filter(kind=Kind.MODEL)
    if on_sale:
        models = models.listed()
    if category is not None:
        return models.filter(_called(category))
    if like.category_id is not None:
        return models.filter(category=like.category_id)
    return models.filter(category=None, subcategory__iexact=like.subcategory)


def _called(category: str) -> Q:
    """One or the other, looked up first: asked for both at once, the database would read all models."""
    named = Category.objects.filter(name__iexact=category).first()
    if named is not None:
        return Q(category=named)
    return Q(category__isnull=True, subcategory__iexact=category) & ~Q(subcategory="")


def models_slice(models: QuerySet[Model3D], *, start: int, size: int, promoted: Sequence[int] = ()) -> list[Model3D]:
    """So many of `models` from `start` on. Those of the ids `promoted` come first, in that order, once."""
    if not promoted:
        return list(models[start : start + size])
    rows = {model.pk: model for model in models.filter(pk__in=promoted)}
    first = [rows[number] for number in promoted if number in rows]
    found = first[start : start + size]
    after = max(start - len(first), 0)
    return found + list(models.exclude(pk__in=promoted)[after : after + size - len(found)])


def labels_of(*, model: Model3D) -> QuerySet[ModelLabel]:
    """Of a model that the actor may see, the oldest first."""
    return model.labels.order_by("created_at", "pk")


def label_visible(*, actor: Actor, reference: Reference) -> ModelLabel:
    """A label of a model that the actor may see. Raises Missing."""
    labels = ModelLabel.objects.filter(model__in=policies.models_visible_to(actor)).select_related("model__mesh")
    return referred(labels.defer("model__mesh__fingerprint"), reference, "Label")
