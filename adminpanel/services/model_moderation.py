"""What moderators do with 3-D models and their files: the catalogue's own services, with an audit entry each."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from accounts.actors import Actor
from adminpanel import policies
from config.core.audit import audit_record
from config.core.errors import Denied
from marketplace.models import MeshFile, Model3D
from marketplace.services.models_3d import analyses, moderation


def model_approve(*, actor: Actor, model_id: int) -> Model3D:
    return _decide(actor, "approve", model_id, lambda: moderation.model_approve(actor=actor, model_id=model_id))


def model_reject(*, actor: Actor, model_id: int, reason: str = "") -> Model3D:
    def reject() -> Model3D:
        return moderation.model_reject(actor=actor, model_id=model_id, reason=reason)

    return _decide(actor, "reject", model_id, reject, reason)


def model_feature(*, actor: Actor, model_id: int, featured: bool) -> Model3D:
    def feature() -> Model3D:
        return moderation.model_feature(actor=actor, model_id=model_id, featured=featured)

    return _decide(actor, "feature" if featured else "unfeature", model_id, feature)


def mesh_analyse_again(*, actor: Actor, mesh_id: int) -> MeshFile:
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        mesh = analyses.mesh_analyse_again(actor=actor, mesh_id=mesh_id)
        audit_record(actor=actor, action="mesh.analyse_again", target=mesh)
    return mesh


def _decide(actor: Actor, verb: str, model_id: int, decide: Callable[[], Model3D], reason: str = "") -> Model3D:
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        before = _state(model_id)
        model = decide()
        after = _state(model_id) | ({"reason": reason} if reason else {})
        audit_record(actor=actor, action=f"model.{verb}", target=model, before=before, after=after)
    return model


def _state(model_id: int) -> dict[str, Any]:
    rows = Model3D.objects.filter(pk=model_id).order_by()
    return dict(rows.values("status", "is_available", "is_featured", "mesh__verdict").first() or {})
