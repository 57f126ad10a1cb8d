"""Reads of 3-D models, their files and labels. Each is limited to what the actor may see."""

from collections.abc import Sequence
from functools import cache
from math import exp
from typing import Any, Final, cast

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actors import Actor
from accounts.models import User
from config.core.errors import Denied, Missing
from config.core.references import Reference, referred
from config.core.text_search import Found, TextIndex, best_matches, each_word_in, words_of
from marketplace import policies
from marketplace.choices import Kind, MeshState, Status, Verdict
from marketplace.meshes.fingerprint import apart
from marketplace.models import (
    ON_SALE,
    Category,
    Like,
    Listing,
    ListingQuerySet,
    MeshFile,
    Model3D,
    ModelLabel,
    ModelVersion,
    StatusChange,
)
from marketplace.selectors.categories import category_id_of

# Each has its index, with a category and without: see Listing.
SORTS: Final = {
    "newest": ("-created_at", "-id"),
    "oldest": ("created_at", "id"),
    "price_asc": ("price", "id"),
    "price_desc": ("-price", "-id"),
    "popular": ("-likes_count", "-views_count", "-id"),
    "downloads": ("-downloads_count", "-id"),
    "rating": ("-rating", "-id"),
    "trending": ("-is_trending", "-trending_score", "-downloads_count", "-id"),
}
RELATED: Final = 4
NEIGHBOURS: Final = 600
LEAST_ALIKE: Final = 5.0
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


# ---------------------------------------------------------------- plain rows
def models_on_sale(
    *,
    columns: tuple[str, ...],
    category: str = "",
    search: str = "",
    sort: str = "newest",
    seller_id: int | None = None,
) -> QuerySet[Listing, Any]:
    """The public list, the same for everybody: rows of these columns of the listing of what is on sale.

    `category` is a name exactly as it is written, or the makers' own word. Each word of `search` stands somewhere in
    the title or the description.
    """
    conditions: dict[str, Any] = {}
    if category:
        conditions |= _filed_under(category)
    if seller_id is not None:
        conditions["seller"] = seller_id
    found = _models_on_sale(columns)
    if conditions:
        found = found.filter(**conditions)
    if search:
        found = found.filter(each_word_in(search, "title_key", "description_key"))
    found = found.order_by(*SORTS[sort])
    found.counted_as = ("models_on_sale", category, seller_id, search)
    return found


def models_found(*, text: str, columns: tuple[str, ...], shown: int, skip: int = 0) -> Found:
    """The best rows of these columns of what is on sale for these words, and how many there are in all. Tags count as
    well, though less than titles and descriptions."""
    rows = Listing.objects.filter(kind=Kind.MODEL).listed().as_rows(*columns)

    def matches(word: str) -> Q:
        return _TEXT.matches(word) | Q(tags_key__contains=word)

    return best_matches(rows, text, matches=matches, rank=_TEXT.rank, shown=shown, skip=skip)


@cache
def _models_on_sale(columns: tuple[str, ...]) -> ListingQuerySet[Listing]:
    """The list without filters. It is never read itself, so that it stays empty: building it costs half of a page."""
    return Listing.objects.filter(kind=Kind.MODEL).listed().as_rows(*columns)


def _filed_under(category: str) -> dict[str, Any]:
    named = category_id_of(category)
    if named is not None:
        return {"category": named}
    # The index is of the word in capitals.
    return {"category": None, "model3d__subcategory__iexact": category, "model3d__subcategory": category}


def models_of_seller(
    *, actor: Actor, username: str, columns: tuple[str, ...], sort: str = "newest"
) -> QuerySet[Listing, Any]:
    """Rows of what is on sale of one seller, named exactly so; they themselves and moderators see all but what is
    archived. Raises Missing for accounts that are not in use."""
    seller_id = User.objects.named(username).filter(is_active=True).values_list("pk", flat=True).first()
    if seller_id is None:
        raise Missing("User")
    if seller_id == actor.pk or policies.may_moderate(actor):
        return _models_of(seller_id).as_rows(*columns).order_by(*SORTS[sort])
    return models_on_sale(columns=columns, seller_id=seller_id, sort=sort)


def own_models(
    *, actor: User, columns: tuple[str, ...], statuses: Sequence[str] | None = None
) -> QuerySet[Listing, Any]:
    """Rows of all of the actor's own but what is archived, the newest first."""
    rows = _models_of(actor.pk)
    if statuses is not None:
        rows = rows.filter(status__in=statuses)
    return rows.as_rows(*columns).order_by(*SORTS["newest"])


def _models_of(seller_id: int) -> ListingQuerySet[Listing]:
    return Listing.objects.filter(kind=Kind.MODEL, seller=seller_id).exclude(status=Status.ARCHIVED)


def models_for_moderation(
    *, actor: Actor, columns: tuple[str, ...], statuses: Sequence[str] | None = None, search: str = ""
) -> QuerySet[Listing, Any]:
    """Rows of everybody's but what is archived: of what waits alone the oldest first, else the newest. Raises
    Denied."""
    if not policies.may_moderate(actor):
        raise Denied
    rows = Listing.objects.filter(kind=Kind.MODEL)
    rows = rows.exclude(status=Status.ARCHIVED) if statuses is None else rows.filter(status__in=statuses)
    if search:
        rows = rows.filter(each_word_in(search, "title_key"))
    waiting = statuses is not None and list(statuses) == [Status.PENDING]
    return rows.as_rows(*columns).order_by(*SORTS["oldest" if waiting else "newest"])


def models_related(*, like: Model3D, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Up to RELATED rows of the newest others on sale that are filed under the same."""
    if like.category_id is not None:
        rows = _models_on_sale(columns).filter(category=like.category_id)
    elif like.subcategory:
        rows = _models_on_sale(columns).filter(**_filed_under(like.subcategory))
    else:
        return []
    newest = rows.exclude(pk=like.pk).order_by(*SORTS["newest"])[:RELATED]
    return list(cast("QuerySet[Listing, dict[str, Any]]", newest))


def models_similar(*, like: Model3D, columns: tuple[str, ...], shown: int) -> list[tuple[dict[str, Any], float]]:
    """Rows of others on sale whose shape is most alike, the most alike first, each with its likeness (0 to 100).

    Looked at are the NEIGHBOURS whose flatness is nearest, by the index that copies are found by: what is alike is
    alike in that. So it takes as long whatever there is. One of several that show the same file. Nothing for a model
    whose file was not analysed.
    """
    mesh = MeshFile.objects.filter(shown_by=like.pk, state=MeshState.DONE).first()
    if mesh is None or mesh.shape_flatness is None:
        return []
    near = _neighbours(mesh, True) + _neighbours(mesh, False)
    far = apart(bytes(mesh.fingerprint), [bytes(data) for _, data in near])
    best = sorted((value, number) for value, (number, _) in zip(far, near, strict=True))[:shown]
    likeness = {number: round(100 * exp(-2 * value), 1) for value, number in best}
    likeness = {number: value for number, value in likeness.items() if value >= LEAST_ALIKE}
    found: dict[int, dict[str, Any]] = {}
    rows = _models_on_sale((*columns, "model3d__mesh_id")).filter(model3d__mesh__in=list(likeness)).exclude(pk=like.pk)
    for row in cast("QuerySet[Listing, dict[str, Any]]", rows.order_by("-id")):
        found.setdefault(row["model3d__mesh_id"], row)
    return [(found[number], likeness[number]) for number in likeness if number in found]


def _neighbours(mesh: MeshFile, above: bool) -> list[tuple[int, Any]]:
    shown = Listing.objects.filter(ON_SALE, kind=Kind.MODEL, model3d__mesh=OuterRef("pk"))
    rows = MeshFile.objects.filter(Exists(shown), state=MeshState.DONE).exclude(pk=mesh.pk)
    if above:
        rows = rows.filter(shape_flatness__gte=mesh.shape_flatness).order_by("shape_flatness", "pk")
    else:
        rows = rows.filter(shape_flatness__lt=mesh.shape_flatness).order_by("-shape_flatness", "-pk")
    return list(rows.values_list("pk", "fingerprint")[: NEIGHBOURS // 2])


def model_analysed(*, actor: Actor, model_id: int) -> tuple[Model3D, StatusChange | None]:
    """A model with its file, and its rejection where it is rejected: for its maker and moderators. Raises Missing,
    Denied."""
    model = model_visible(actor=actor, reference=model_id)
    if not (policies.owns(actor, model) or policies.may_moderate(actor)):
        raise Denied
    if model.status != Status.REJECTED:
        return model, None
    return model, model.history.filter(after=Status.REJECTED).order_by("-pk").first()


def versions_of(*, actor: Actor, model_id: int) -> list[ModelVersion]:
    """The newest first: its maker and moderators see all, others what was analysed and is no copy. Raises Missing."""
    model = model_visible(actor=actor, reference=model_id)
    versions = model.versions.select_related("mesh").defer("mesh__fingerprint").order_by("-number")
    if not (policies.owns(actor, model) or policies.may_moderate(actor)):
        versions = versions.filter(mesh__state=MeshState.DONE, mesh__verdict__in=(Verdict.PASSED, Verdict.CLEARED))
    return list(versions)


def model_row(*, model: Model3D, columns: tuple[str, ...]) -> dict[str, Any]:
    """One row of a model that the actor may see."""
    return Listing.objects.values(*columns).get(pk=model.pk)


def model_public(*, model_id: int) -> Model3D:
    """What everybody may see, whoever asks. Raises Missing."""
    model = Model3D.objects.on_sale().select_related("mesh").defer("mesh__fingerprint").filter(pk=model_id).first()
    if model is None:
        raise Missing("Model")
    return model


def is_liked(*, actor: Actor, listing_id: int) -> bool:
    return actor.pk is not None and Like.objects.filter(listing=listing_id, user=actor.pk).exists()
