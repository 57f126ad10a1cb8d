"""3-D models as Nexus's makers put them on sale: with everything in one call, and changed as a whole."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict

from django.core.files.base import File
from django.db import transaction

from accounts.choices import UserType
from accounts.models import User
from accounts.policies import ADMINISTRATOR, level
from config.core.audit import audited
from config.core.errors import Denied, DomainError, Invalid, Missing
from config.core.idempotency import Once, call_claim, call_find, call_forget, call_keep, made_by
from marketplace import policies
from marketplace.choices import MeshState, Status, UploadKind, Verdict
from marketplace.errors import BrokenFile
from marketplace.models import MeshFile, Model3D, UploadedFile
from marketplace.services.categories import category_named
from marketplace.services.gate import MESH_GATE, gate_lock
from marketplace.services.listings import status_change
from marketplace.services.models_3d import moderation
from marketplace.services.models_3d import pictures as beside
from marketplace.services.models_3d.analyses import mesh_await
from marketplace.services.models_3d.files import mesh_of_upload
from marketplace.services.models_3d.models import (
    ModelDetails,
    model_attach,
    model_create,
    model_delete,
    model_publish,
    model_update,
)
from marketplace.services.models_3d.states import duplicate_error, maker_lock, mesh_lock, model_advance, model_lock
from marketplace.services.uploads.files import file_upload, own_mesh_id, own_upload, upload_delete


class Beside(TypedDict, total=False):
    """What stands beside a model's file: ids or addresses of uploads of its maker's."""

    thumbnail_url: str | None
    preview_images: Sequence[str]
    further_files: Sequence[str]


def model_offer(
    *,
    actor: User,
    channel: str,
    details: ModelDetails,
    category: str,
    wait: float,
    file: File | None = None,
    file_id: str = "",
    thumbnail: File | None = None,
    previews: Iterable[File] = (),
    beside_it: Beside | None = None,
    once: Once | None = None,
) -> Model3D:
    """Make a model of a file, sent along or uploaded before, and put it up for sale: it is pending until its analysis
    has ended and a moderator has looked at it. A buyer becomes a creator by it. The same call again gives the same.

    Waits up to `wait` seconds for the analysis. A broken file that shows by then leaves nothing behind: BrokenFile on
    `file`; one that is a copy stays, rejected: DuplicateModel. Raises Invalid, FileTooLarge, Limited, Busy, Upstream.
    Call it outside of transactions.
    """
    earlier = call_find(once)
    if earlier is None:
        with _uploads_of_this_call(actor) as take:
            if file is not None:
                file_id = take(UploadKind.MODEL, file, "file")
            elif not file_id:
                raise Invalid("Field required", field="file")
            said = Beside(**(beside_it or {}))
            if thumbnail is not None:
                said["thumbnail_url"] = take(UploadKind.IMAGE, thumbnail, "thumbnail")
            taken = [take(UploadKind.IMAGE, each, "preview_images") for each in previews]
            said["preview_images"] = [*taken, *said.get("preview_images", ())]
            with transaction.atomic():
                earlier = call_claim(once)
                model = made_by(earlier, Model3D) if earlier is not None else None
                if model is None:
                    model = _offer(actor, channel, filed(details, category), file_id, said)
                    call_keep(once, model)
    else:
        model = made_by(earlier, Model3D)
    return _settled(actor, model, wait, once)


def _offer(actor: User, channel: str, details: ModelDetails, file_id: str, said: Beside) -> Model3D:
    if not policies.may_sell(actor):
        actor.user_type = UserType.CREATOR
        actor.save(update_fields=["user_type", "updated_at"])
    maker_lock(actor.pk)
    mesh = _main_file(actor, file_id, field="file")
    model = model_create(actor=actor, channel=channel, details=details, mesh_id=mesh.pk, publish=True)
    _put_beside(model, actor, said)
    return model


def _settled(actor: User, model: Model3D, wait: float, once: Once | None) -> Model3D:
    if model.mesh_id is None:
        return model
    mesh = mesh_await(model.mesh_id, seconds=wait)
    if mesh.state == MeshState.FAILED:
        with transaction.atomic():
            model_delete(actor=actor, model_id=model.pk)
            call_forget(once)
        raise BrokenFile(mesh.error, field="file")
    if mesh.verdict == Verdict.REFUSED:
        raise duplicate_error(mesh, model_id=model.pk)
    return Model3D.objects.get(pk=model.pk)


def model_revise(
    *,
    actor: User,
    model_id: int,
    changes: ModelDetails,
    category: str = "",
    file_id: str = "",
    beside_it: Beside | None = None,
    flags: dict[str, Any] | None = None,
) -> Model3D:
    """Change a model: its maker, or an administrator, whose change has an entry. All or nothing.

    A new main file puts it back to pending, and so does any change of a rejected one. `flags` (status: approved,
    rejected or pending; is_featured; is_trending) are looked at for administrators alone. Raises Missing, Denied,
    Invalid, BrokenFile, DuplicateModel, and what moderators' decisions raise.
    """
    if category:
        changes = filed(changes, category)
    with transaction.atomic():
        if level(actor) >= ADMINISTRATOR and (flags or {}).get("status") in moderation.GATED:
            gate_lock(MESH_GATE)  # before any file is locked
        model = _of_actor(actor, model_id)
        maker, said = model.seller, beside_it or {}
        if maker.pk == actor.pk:
            model = _revise(model, maker, changes, file_id, said)
        elif changes or file_id or said:
            with audited(actor, "model.edit", model, *(name for name in changes if name != "category_id")):
                changed = _revise(model, maker, changes, file_id, said)
                model.__dict__.update({name: getattr(changed, name) for name in changes})
        if level(actor) >= ADMINISTRATOR:
            _set_flags(actor, model_id, flags or {})
        return Model3D.objects.get(pk=model_id)


def model_take_off(*, actor: User, model_id: int) -> None:
    """Delete a model; one that somebody bought is archived. For its maker and, with an entry, for administrators.

    Raises Missing and Denied.
    """
    with transaction.atomic():
        model = _of_actor(actor, model_id)
        if model.seller_id == actor.pk:
            model_delete(actor=actor, model_id=model_id)
            return
        rows = Model3D.objects.filter(pk=model_id).values_list("status", flat=True)
        with audited(actor, "model.delete", model, "title", status=rows.first):
            model_delete(actor=model.seller, model_id=model_id)


def filed(details: ModelDetails, category: str) -> ModelDetails:
    """With the category of that name; where there is none, the name is its maker's own word, in the place of any
    subcategory. Raises Invalid (`category`)."""
    category = category.strip()
    if not category:
        raise Invalid("This field may not be blank.", field="category")
    found = category_named(category)
    if found is None:
        return details | ModelDetails(category_id=None, subcategory=category)
    if not found.is_active:
        raise Invalid("This category is closed.", field="category")
    return details | ModelDetails(category_id=found.pk)


def _of_actor(actor: User, model_id: int) -> Model3D:
    visible = policies.models_visible_to(actor).select_related("seller").filter(pk=model_id).first()
    if visible is None or visible.status == Status.ARCHIVED:
        raise Missing("Model")
    if not (policies.owns(actor, visible) or level(actor) >= ADMINISTRATOR):
        raise Denied
    return visible


def _revise(model: Model3D, maker: User, changes: ModelDetails, file_id: str, said: Beside) -> Model3D:
    """By its maker, or in their place."""
    if file_id:
        mesh = _main_file(maker, file_id, field="file_id")
        model_attach(actor=maker, model_id=model.pk, mesh_id=mesh.pk, before_analysis=True)
    changed = model_update(actor=maker, model_id=model.pk, changes=changes)
    if said:
        _put_beside(model_lock(model.pk), maker, said)
    locked = model_lock(model.pk)
    if locked.status == Status.REJECTED:
        status_change(locked, Status.PENDING, actor=maker, reason="Its maker changed it.")
        model_advance(locked, tell=False, actor=maker)
    elif locked.status == Status.DRAFT and changes.get("is_available"):
        model_publish(actor=maker, model_id=model.pk)
    return changed


def _main_file(maker: User, file_id: str, *, field: str) -> MeshFile:
    """Of an upload that is a 3-D file already, that file is locked first, as by who lets go of both."""
    mesh_id = own_mesh_id(actor=maker, file_id=file_id)
    if mesh_id is not None:
        mesh_lock(mesh_id)
    upload = own_upload(actor=maker, file_id=file_id, kind=UploadKind.MODEL, field="file_id")
    beside.main_file_check(upload, field=field)
    return mesh_of_upload(upload)


def _put_beside(model: Model3D, maker: User, said: Beside) -> None:
    if "thumbnail_url" in said:
        beside.thumbnail_set(model, owner=maker, said=said["thumbnail_url"])
    if "preview_images" in said:
        beside.pictures_set(model, owner=maker, said=said["preview_images"])
    if "further_files" in said:
        beside.further_files_set(model, owner=maker, file_ids=said["further_files"])


def _set_flags(actor: User, model_id: int, flags: dict[str, Any]) -> None:
    if flags.get("is_featured") is not None:
        moderation.model_feature(actor=actor, model_id=model_id, featured=flags["is_featured"])
    if flags.get("is_trending") is not None:
        moderation.model_trend(actor=actor, model_id=model_id, trending=flags["is_trending"])
    match flags.get("status"):
        case Status.APPROVED:
            moderation.model_approve(actor=actor, model_id=model_id)
        case Status.REJECTED:
            moderation.model_reject(actor=actor, model_id=model_id)
        case Status.PENDING:
            moderation.model_hold(actor=actor, model_id=model_id)


@contextmanager
def _uploads_of_this_call(actor: User) -> Iterator[Callable[[UploadKind, File, str], str]]:
    """Takes files in, and lets go of them again when the call is refused."""
    made: list[UploadedFile] = []

    def take(kind: UploadKind, file: File, field: str) -> str:
        made.append(file_upload(actor=actor, kind=kind, file=file, field=field))
        return str(made[-1].uuid)

    try:
        yield take
    except BaseException:
        for upload in made:
            try:
                upload_delete(actor=actor, file_id=str(upload.uuid))
            except DomainError:  # it is in use after all, or gone
                continue
        raise
