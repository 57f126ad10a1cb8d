"""3-D files taken in whole: stored, analysed and compared while the caller waits, up to a limit."""

from django.core.files.base import File
from django.db import transaction

from accounts.models import User
from config.core.idempotency import Once, call_forget
from marketplace.choices import MeshState, Verdict
from marketplace.errors import BrokenFile
from marketplace.models import Model3D
from marketplace.services.models_3d.analyses import mesh_await
from marketplace.services.models_3d.models import ModelDetails, model_delete, model_upload
from marketplace.services.models_3d.states import duplicate_error


def model_take_in(
    *,
    actor: User,
    channel: str,
    file: File,
    details: ModelDetails,
    wait: float,
    field: str = "file",
    once: Once | None = None,
) -> Model3D:
    """Store a 3-D file as a draft, and wait up to `wait` seconds for what the workers find in it.

    What takes longer is told to its owner later; until then nothing with that file goes live. A broken file leaves
    nothing behind; a copy of somebody else's shape stays as a draft that cannot be published, so that its maker may
    turn to a moderator. Call it outside of transactions. Raises BrokenFile (on `field`), DuplicateModel, and what
    `model_upload` raises.
    """
    model = model_upload(actor=actor, channel=channel, file=file, details=details, field=field, once=once)
    assert model.mesh_id is not None  # noqa: S101 (it was made of one)
    mesh = mesh_await(model.mesh_id, seconds=wait)
    if mesh.state == MeshState.FAILED:
        with transaction.atomic():
            model_delete(actor=actor, model_id=model.pk)
            call_forget(once)
        raise BrokenFile(mesh.error, field=field)
    if mesh.verdict == Verdict.REFUSED:
        raise duplicate_error(mesh, model_id=model.pk)
    model.mesh = mesh
    return model
