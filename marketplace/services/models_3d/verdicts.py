"""What a moderator says about a 3-D file that was found alike another's, and what follows for the appeals about it.

Everything here runs in the caller's transaction, which holds the gate and the locked file.
"""

from django.utils import timezone

from accounts.actors import Actor, person
from marketplace.choices import AppealState, Verdict
from marketplace.models import Appeal, MeshFile
from marketplace.services.models_3d.shapes import shape_enter_again


def mesh_clear(mesh: MeshFile, *, actor: Actor) -> None:
    """It is no copy: the shape is its owner's."""
    mesh.verdict, mesh.origin_id = Verdict.CLEARED, mesh.owner_id
    mesh.save(update_fields=["verdict", "origin"])
    shape_enter_again(mesh)
    _appeals_close(mesh, AppealState.ACCEPTED, actor=actor)


def mesh_refuse(mesh: MeshFile, *, actor: Actor) -> None:
    """It is a copy: its origin is the other file's, whose owner may go on using the shape."""
    mesh.verdict = Verdict.REFUSED
    if mesh.matched is not None:
        mesh.origin_id = mesh.matched.origin_id
    mesh.save(update_fields=["verdict", "origin"])
    shape_enter_again(mesh)
    _appeals_close(mesh, AppealState.DECLINED, actor=actor)


def _appeals_close(mesh: MeshFile, state: AppealState, *, actor: Actor) -> None:
    Appeal.objects.filter(mesh=mesh, state=AppealState.OPEN).update(
        state=state, decided_by=person(actor), decided_at=timezone.now()
    )
