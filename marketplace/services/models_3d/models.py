"""3-D models, which v1 calls designs: made, edited, put on sale and withdrawn by their makers."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, TypedDict

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from accounts.actors import Actor
from accounts.models import User
from accounts.services.accounts import deals
from config.core import files
from config.core.announce import announce
from config.core.errors import Invalid, Missing
from config.core.idempotency import Once, call_claim, call_find, call_keep, made_by
from config.core.money import exact
from marketplace import policies
from marketplace.choices import Kind, Status, Verdict
from marketplace.errors import NotAnalysed, NotYours, SellersOnly
from marketplace.models import Category, MeshFile, Model3D
from marketplace.services.collections import collections_leave
from marketplace.services.listings import listing_delete, status_begin, status_change
from marketplace.services.models_3d import files as meshes
from marketplace.services.models_3d.states import (
    maker_lock,
    mesh_lock,
    mesh_require_usable,
    model_advance,
    model_lock,
    model_look_again,
)
from marketplace.services.models_3d.versions import version_add

DEAREST: Final = Decimal("99999999.99")
MOST_TAGS: Final = 30
TAG_LENGTH: Final = 50
NOT_YOURS = "Only the maker of this model can do this."


class ModelDetails(TypedDict, total=False):
    """What may be said of a model when it is made, and changed later. `tags` in any order, at most MOST_TAGS."""

    title: str
    description: str
    category_id: int | None
    price: Decimal
    tags: list[str]
    is_available: bool
    licence: str
    file_origin: str
    is_own_work: bool | None
    is_quality_assured: bool | None
    technical_specs: str
    instructions: str
    subcategory: str
    project_name: str
    designer: str
    is_pinned: bool


def model_upload(
    *,
    actor: User,
    channel: str,
    file: File,
    details: ModelDetails,
    file_name: str = "",
    field: str = "file",
    once: Once | None = None,
) -> Model3D:
    """Store a 3-D file as a draft of its own, and have it analysed. Nothing is published. The same call again gives the
    same draft.

    Raises what `mesh_store` and `model_create` raise.
    """
    earlier = call_find(once)
    if earlier is not None:
        return made_by(earlier, Model3D)
    stored = meshes.mesh_store(actor=actor, file=file, file_name=file_name, field=field)
    try:
        with transaction.atomic():
            earlier = call_claim(once)
            if earlier is not None:  # the same call at the same moment
                files.files_drop([stored.reserved])
                return made_by(earlier, Model3D)
            mesh = meshes.mesh_create(stored, owner=actor)
            model = model_create(actor=actor, channel=channel, details=details, mesh_id=mesh.pk)
            call_keep(once, model)
            return model
    except BaseException:
        files.files_drop([stored.reserved])
        raise


def model_create(
    *,
    actor: User,
    channel: str,
    details: ModelDetails,
    mesh_id: int | None = None,
    original_id: int | None = None,
    publish: bool = False,
) -> Model3D:
    """Make a draft, or with `publish` put it up for sale as `model_publish` does. `title` is needed.

    Its file is an upload of the actor's, given by itself or by the model that it was uploaded as (`original_id`).
    Raises SellersOnly, Invalid (`category_id`, `price`, `tags`), Missing (the file or the original), BrokenFile and
    DuplicateModel (both only with `publish`: then nothing is made).
    """
    if not policies.may_sell(actor):
        raise SellersOnly("Only artists and creators can offer models.")
    currency = settings.CURRENCIES[channel]
    columns = {"price": Decimal(0)} | _columns(details, currency)
    with transaction.atomic():
        maker = maker_lock(actor.pk)
        original = _own_original(actor, original_id) if original_id is not None else None
        if original is not None and mesh_id is None:
            mesh_id = original.mesh_id
        mesh = _own_mesh(actor, mesh_id) if mesh_id is not None else None
        if publish and mesh is not None:
            mesh_require_usable(mesh, model_id=None)
        model = Model3D.objects.create(
            kind=Kind.MODEL,
            channel=channel,
            seller=actor,
            seller_is_active=deals(maker),  # it may have been closed while the file came in
            status=Status.DRAFT,
            currency=currency,
            mesh=mesh,
            original=original,
            **columns,
        )
        status_begin(model, actor=actor)
        version_add(model)
        models_counted(actor, 1)
        if publish:
            _publish(model, actor)
        return model


def model_update(*, actor: User, model_id: int, changes: ModelDetails) -> Model3D:
    """Change what is said of a model. Raises Missing, NotYours and Invalid, and then changes nothing."""
    with transaction.atomic():
        model = _own_model(actor, model_id)
        columns = _columns(changes, model.currency)
        for name, value in columns.items():
            setattr(model, name, value)
        model.save(update_fields=[*columns, "updated_at"])
        return model


def model_attach(
    *,
    actor: User,
    model_id: int,
    mesh_id: int | None = None,
    original_id: int | None = None,
    before_analysis: bool = False,
) -> Model3D:
    """Give a model another file of the actor's, by itself or by the model that it was uploaded as (`original_id`).

    While a model is on sale, its file is only replaced by one that may be shown: NotAnalysed says to wait for the
    analysis; with `before_analysis` the model waits, and its buyers go on getting the file before. Held by the
    duplicate check, or in a dialect where moderators look at everything, it waits for a moderator with its new file.
    Raises Missing, NotYours, NotAnalysed, BrokenFile and DuplicateModel.
    """
    with transaction.atomic():
        original = _own_original(actor, original_id) if original_id is not None else None
        if mesh_id is None:
            mesh_id = original.mesh_id if original is not None else None
        if mesh_id is None:
            raise Missing("File")
        shown = Model3D.objects.filter(pk=model_id).values_list("mesh_id", flat=True).first()
        for each in sorted({mesh_id, shown or mesh_id}):
            mesh_lock(each)
        mesh = _own_mesh(actor, mesh_id)
        model = _own_model(actor, model_id)
        if original is not None and original.pk not in (model.pk, model.original_id):
            model.original = original
            model.save(update_fields=["original", "updated_at"])
        if model.mesh_id == mesh.pk:
            return model
        mesh_require_usable(mesh, model_id=model.pk)
        if model.status == Status.APPROVED and not mesh.is_analysed and not before_analysis:
            raise NotAnalysed
        before, model.mesh = model.mesh, mesh
        model.save(update_fields=["mesh", "updated_at"])
        version_add(model, before=before)
        model_look_again(model, actor=actor, reason="The file was replaced.")
        _let_go(before)
        announce("marketplace.file_ready", listing_id=model.pk)
        return model


def model_publish(*, actor: User, model_id: int) -> Model3D:
    """Put a model up for sale: approved at once when its file passed (or it has none) and its dialect's rule allows,
    else pending, until the analysis has ended or a moderator decides. Again changes nothing.

    Raises Missing, NotYours, BrokenFile and DuplicateModel.
    """
    with transaction.atomic():
        model = _own_model(actor, model_id)
        if model.status == Status.APPROVED:
            return model
        if model.mesh is not None:
            mesh_require_usable(model.mesh, model_id=model.pk)
        _publish(model, actor)
        return model


def model_withdraw(*, actor: User, model_id: int) -> Model3D:
    """Take a model off sale: it is a draft again. Raises Missing, NotYours, WrongStatus (rejected)."""
    with transaction.atomic():
        model = _own_model(actor, model_id)
        status_change(model, Status.DRAFT, actor=actor)
        return model


def model_delete(*, actor: User, model_id: int) -> None:
    """Delete a model, and its file unless another model shows it; one that was bought is archived.

    Raises Missing and NotYours.
    """
    with transaction.atomic():
        maker_lock(actor.pk)
        model_end(_own_model(actor, model_id), actor=actor)


def model_end(model: Model3D, *, actor: Actor) -> None:
    """Delete a locked model, and its file unless another model shows it; one that was bought is archived. Its maker is
    locked before it."""
    collections_leave(model)
    meshes_before = [version.mesh for version in model.versions.select_related("mesh")]
    if listing_delete(model, actor=actor):
        for mesh in {each.pk: each for each in (*meshes_before, model.mesh) if each is not None}.values():
            _let_go(mesh)
    models_counted(model.seller, -1)


def models_counted(seller: User, change: int) -> None:
    """A person's count of models follows in the transaction of the model."""
    User.objects.filter(pk=seller.pk).update(models_count=Greatest(F("models_count") + change, 0))


def _publish(model: Model3D, actor: User) -> None:
    status_change(model, Status.PENDING, actor=actor)
    model_advance(model, tell=False, actor=actor)


def _own_model(actor: User, model_id: int) -> Model3D:
    """The locked model. Raises Missing for what the actor may not see, NotYours for what is not theirs."""
    if not policies.models_visible_to(actor).filter(pk=model_id).exists():
        raise Missing("Model")
    model = model_lock(model_id)
    if not policies.owns(actor, model):
        raise NotYours(NOT_YOURS)
    return model


def _own_original(actor: User, original_id: int) -> Model3D:
    rows = Model3D.objects.filter(pk=original_id, seller=actor).exclude(status=Status.ARCHIVED)
    original = rows.first()
    if original is None:
        raise Missing("Original model")
    return original


def _own_mesh(actor: User, mesh_id: int) -> MeshFile:
    """A locked file of the actor's own; what others uploaded does not exist."""
    mesh = mesh_lock(mesh_id)
    if mesh.owner_id != actor.pk:
        raise Missing("File")
    return mesh


def _let_go(mesh: MeshFile | None) -> None:
    """Discard a file that no model shows any more. Refused ones stay, to be recognised."""
    if mesh is None or mesh.verdict == Verdict.REFUSED or mesh.shown_by.exists() or mesh.versions.exists():
        return
    meshes.mesh_discard(mesh)


def _columns(details: ModelDetails, currency: str) -> dict[str, Any]:
    columns: dict[str, Any] = dict(details)
    if "price" in columns:
        if not 0 <= columns["price"] <= DEAREST:
            raise Invalid(f"The price must be between 0 and {DEAREST}.", field="price")
        columns["price"] = exact(columns["price"], currency, field="price")
    category_id = columns.get("category_id")
    if category_id is not None and not Category.objects.filter(pk=category_id, is_active=True).exists():
        raise Invalid("There is no such category, or it is closed.", field="category_id")
    if "tags" in columns:
        columns["tags"] = _tags(columns["tags"])
    return columns


def _tags(given: Iterable[str]) -> list[str]:
    """Without blanks around them, empty ones, and repetitions in other letters."""
    tags: dict[str, str] = {}
    for tag in given:
        if stripped := str(tag).strip():
            tags.setdefault(stripped.casefold(), stripped)
    found = list(tags.values())
    if len(found) > MOST_TAGS or any(len(tag) > TAG_LENGTH for tag in found):
        raise Invalid(f"At most {MOST_TAGS} tags of at most {TAG_LENGTH} letters.", field="tags")
    return found
