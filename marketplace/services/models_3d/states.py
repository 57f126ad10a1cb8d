"""Where a 3-D model stands, given what its file turned out to be.

Locks are taken in one order everywhere: the gate, the maker's account, files by id, their models by id, and uploads
that a model shows. An upload that becomes a file is locked before both. Nothing here begins a transaction.
"""

from django.db import transaction
from django.db.models import QuerySet

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from config.core.errors import Conflict, Missing
from marketplace import policies
from marketplace.choices import MeshState, Status, Verdict
from marketplace.errors import BrokenFile, DuplicateModel
from marketplace.models import MeshFile, Model3D
from marketplace.selectors.resemblances import resemblances
from marketplace.services.listings import status_change
from marketplace.services.notices import model_approved, model_rejected

COPY_REASON = "Its shape is that of another model."
USABLE = (Verdict.PASSED, Verdict.CLEARED)


def model_lock(model_id: int) -> Model3D:
    """A model, after its file, locked until the transaction ends. Archived ones are gone. Raises Missing, Conflict."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("model_lock needs a transaction")
    mesh_id = Model3D.objects.filter(pk=model_id).values_list("mesh_id", flat=True).first()
    mesh = mesh_lock(mesh_id) if mesh_id is not None else None
    model = models_lock([model_id]).first()
    if model is None or model.status == Status.ARCHIVED:
        raise Missing("Model")
    if model.mesh_id != mesh_id:  # another file was attached between the two locks
        raise Conflict
    model.mesh = mesh
    return model


def models_lock(model_ids: list[int]) -> QuerySet[Model3D]:
    rows = Model3D.objects.select_for_update(of=("self", "listing")).select_related("seller", "category")
    return rows.filter(pk__in=model_ids).order_by("pk")


def maker_lock(user_id: int) -> User:
    """The account, whose models are counted, or whose works leave the lists when it is closed."""
    return User.objects.select_for_update(no_key=True).get(pk=user_id)


def mesh_lock(mesh_id: int) -> MeshFile:
    mesh = MeshFile.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=mesh_id).first()
    if mesh is None:
        raise Missing("File")
    return mesh


def mesh_require_usable(mesh: MeshFile, *, model_id: int | None) -> None:
    """Raises BrokenFile and DuplicateModel. One whose analysis has not ended, or which is held, passes."""
    if mesh.state == MeshState.FAILED:
        raise BrokenFile(mesh.error, field="file")
    if mesh.verdict == Verdict.REFUSED:
        raise duplicate_error(mesh, model_id=model_id)


def duplicate_error(mesh: MeshFile, *, model_id: int | None) -> DuplicateModel:
    """The refusal of a file, in what its owner may know of the other model."""
    found = resemblances([mesh])[mesh.pk]
    return DuplicateModel(
        similarity_score=found.score, matched_model=found.model, model_id=model_id, evidence=mesh.evidence
    )


def model_advance(model: Model3D, *, tell: bool, actor: Actor = SYSTEM) -> None:
    """Let a pending model take the step that its file asks for; `tell` its maker. Both are locked.

    On sale when its file passed, or it has none, and its maker is trusted; rejected when its file is broken or a copy;
    else it waits, for the analysis or for a moderator.
    """
    if model.status != Status.PENDING:
        return
    mesh = model.mesh
    if mesh is not None and mesh.state == MeshState.FAILED:
        _reject(model, mesh.error, tell=tell)
    elif mesh is not None and mesh.verdict == Verdict.REFUSED:
        _reject(model, COPY_REASON, tell=tell)
    elif (mesh is None or mesh.verdict in USABLE) and policies.model_goes_live_at_once(model):
        status_change(model, Status.APPROVED, actor=actor)
        if tell:
            model_approved(model)


def model_look_again(model: Model3D, *, actor: Actor, reason: str) -> None:
    """What its buyers get has changed. On sale it stays where its file passed and its maker is trusted; else it waits
    with what is new, and so does a rejected one. Both are locked."""
    stays = (model.mesh is None or model.mesh.verdict in USABLE) and policies.model_goes_live_at_once(model)
    if model.status == Status.REJECTED or (model.status == Status.APPROVED and not stays):
        status_change(model, Status.PENDING, actor=actor, reason=reason)
    model_advance(model, tell=False, actor=actor)


def _reject(model: Model3D, reason: str, *, tell: bool) -> None:
    status_change(model, Status.REJECTED, actor=SYSTEM, reason=reason)
    if tell:
        model_rejected(model, reason=reason)
