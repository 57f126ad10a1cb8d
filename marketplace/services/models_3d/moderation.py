"""What moderators decide about 3-D models, each decision with its entry in the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import transaction

from accounts.actors import Actor
from config.core.audit import audited
from config.core.errors import Denied
from marketplace import policies
from marketplace.choices import HELD, MeshState, Status, Verdict
from marketplace.errors import BrokenFile, NotAnalysed
from marketplace.models import Model3D
from marketplace.services.gate import MESH_GATE, gate_lock
from marketplace.services.listings import require_waiting, status_change
from marketplace.services.models_3d.states import model_lock
from marketplace.services.models_3d.verdicts import mesh_clear, mesh_refuse
from marketplace.services.notices import model_approved, model_rejected

GATED: Final = {Status.APPROVED: "approve", Status.REJECTED: "reject"}
"""Decisions that may say of a file that it is a copy, or none: by what comes of them."""


def model_approve(*, actor: Actor, model_id: int, seen: int | None = None) -> Model3D:
    """Put a model on sale. A file that was held or refused as a copy is cleared by it. Again changes nothing.

    `seen` is the id of the file that the moderator looked at, 0 for none: then it is decided only while the model
    waits with that one. Raises Denied, Missing, NotAnalysed, BrokenFile and Conflict (decided meanwhile, or it has
    another file).
    """
    with _decided(actor, "approve", model_id, seen=seen) as model:
        mesh = model.mesh
        if mesh is not None:
            if mesh.state == MeshState.FAILED:
                raise BrokenFile(mesh.error)
            if not mesh.is_analysed:
                raise NotAnalysed
            if mesh.verdict in (Verdict.HELD, Verdict.REFUSED):
                mesh_clear(mesh, actor=actor)
        was_on_sale = policies.is_live(model)
        status_change(model, Status.APPROVED, actor=actor)
        if not model.is_available:
            model.is_available = True
            model.save(update_fields=["is_available", "updated_at"])
        if not was_on_sale:
            model_approved(model)
    return model


def model_reject(*, actor: Actor, model_id: int, reason: str = "", seen: int | None = None) -> Model3D:
    """Take a model off sale, or never put it there. A file that was held as a likely copy counts as one from then on.

    `seen` is as when it is approved. Raises Denied, Missing, WrongStatus (a draft) and Conflict. Rejecting again
    changes nothing.
    """
    with _decided(actor, "reject", model_id, reason, seen) as model:
        if model.status != Status.REJECTED:
            status_change(model, Status.REJECTED, actor=actor, reason=reason)
            if model.mesh is not None and model.mesh.verdict == Verdict.HELD:
                mesh_refuse(model.mesh, actor=actor)
            model_rejected(model, reason=reason)
    return model


def model_feature(*, actor: Actor, model_id: int, featured: bool) -> Model3D:
    """Show it among the featured ones, or no longer. Raises Denied and Missing."""
    with _decided(actor, "feature" if featured else "unfeature", model_id) as model:
        model.is_featured = featured
        model.save(update_fields=["is_featured", "updated_at"])
    return model


def model_trend(*, actor: Actor, model_id: int, trending: bool | None) -> Model3D:
    """Say that it is trending, or is not; None leaves it to the figures again. Raises Denied and Missing."""
    with _decided(actor, "trend" if trending else "untrend", model_id) as model:
        model.trending_fixed = trending
        model.is_trending = bool(trending)
        model.save(update_fields=["trending_fixed", "is_trending", "updated_at"])
    return model


def model_hold(*, actor: Actor, model_id: int) -> Model3D:
    """Take a model off sale until a moderator has looked at it again. Raises Denied, Missing and WrongStatus."""
    with _decided(actor, "hold", model_id) as model:
        status_change(model, Status.PENDING, actor=actor, reason=HELD)
    return model


def may_decide(actor: Actor) -> None:
    """Raises Denied."""
    if not policies.may_moderate(actor):
        raise Denied


@contextmanager
def _decided(actor: Actor, verb: str, model_id: int, reason: str = "", seen: int | None = None) -> Iterator[Model3D]:
    """The locked model, to be changed within, and its file with it."""
    may_decide(actor)
    with transaction.atomic():
        if verb in GATED.values():
            gate_lock(MESH_GATE)
        model = model_lock(model_id)
        if seen is not None:
            waiting = (model.mesh_id or 0) if model.status == Status.PENDING else None
            require_waiting(model, waiting, seen)
        columns = ("status", "is_available", "is_featured", "is_trending")
        verdict = {"mesh__verdict": lambda: model.mesh and model.mesh.verdict}
        with audited(actor, f"model.{verb}", model, *columns, reason=reason or None, **verdict):
            yield model
