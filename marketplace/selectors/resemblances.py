"""What the check of 3-D files found alike, in what their makers may know of the others', and why a model waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.actors import Actor
from marketplace import policies
from marketplace.choices import MeshState, Status, Verdict
from marketplace.models import MeshFile, Model3D, StatusChange

ANALYSED_NOW = "Its file is being analysed."
MODERATED = "A moderator looks at it before it goes on sale."
COPY = "Its shape is that of another model, so it cannot be published."
RESEMBLES = "Its shape resembles another model, so a moderator looks at it first."


@dataclass(frozen=True)
class Resemblance:
    """Of a file that was held or refused as a copy. `model` is the other one (`id`, `title`, `creator`; the title is
    None for one that is not public), None when it is gone or not to be named. `picture` is the name of a private file
    that shows where they agree, "" for none."""

    verdict: Verdict
    score: float
    explanation: str
    model: dict[str, Any] | None
    picture: str


@dataclass(frozen=True)
class Standing:
    """`reason`: why a model waits or was rejected, "" for others."""

    reason: str
    resemblance: Resemblance | None


def resemblances(meshes: Iterable[MeshFile]) -> dict[int, Resemblance]:
    """By file, of those that were held or refused. One query. For their owners and moderators."""
    alike = [mesh for mesh in meshes if mesh.verdict in (Verdict.HELD, Verdict.REFUSED)]
    named = _models_named([mesh.matched_id for mesh in alike if mesh.matched_id is not None])
    return {
        mesh.pk: Resemblance(
            Verdict(mesh.verdict),
            float(mesh.similarity_score),
            str(mesh.evidence.get("explanation") or ""),
            named.get(mesh.matched_id or 0),
            str(mesh.evidence_picture.name or ""),
        )
        for mesh in alike
    }


def standings(*, actor: Actor, models: Iterable[Model3D], with_drafts: bool = False) -> dict[int, Standing]:
    """By model, of the actor's own; moderators are told of all. Three queries, none where there is nothing to tell.

    `with_drafts`: a draft has a reason too, where its file is being analysed or held: for who is told that it waits.
    """
    told = [model for model in models if policies.owns(actor, model) or policies.may_moderate(actor)]
    if not told:
        return {}
    columns = ("state", "verdict", "similarity_score", "matched", "evidence", "evidence_picture")
    meshes = MeshFile.objects.only(*columns).in_bulk([model.mesh_id for model in told if model.mesh_id is not None])
    found = resemblances(meshes.values())
    rejected = [model.pk for model in told if model.status == Status.REJECTED]
    history = StatusChange.objects.filter(listing__in=rejected, after=Status.REJECTED).order_by("pk")
    said = dict(history.values_list("listing", "reason"))
    return {
        model.pk: Standing(
            _reason(model, meshes.get(model.mesh_id or 0), found.get(model.mesh_id or 0), said.get(model.pk, ""))
            if with_drafts or model.status != Status.DRAFT
            else "",
            found.get(model.mesh_id or 0),
        )
        for model in told
    }


def _reason(model: Model3D, mesh: MeshFile | None, alike: Resemblance | None, rejected: str) -> str:
    if model.status == Status.REJECTED:
        return rejected
    if model.status not in (Status.PENDING, Status.DRAFT):
        return ""
    if mesh is not None and mesh.state in (MeshState.WAITING, MeshState.RUNNING):
        return ANALYSED_NOW
    if alike is not None:
        said = COPY if alike.verdict == Verdict.REFUSED else RESEMBLES
        return f"{said} {alike.explanation}".strip()
    return MODERATED if model.status == Status.PENDING else ""


def _models_named(mesh_ids: list[int]) -> dict[int, dict[str, Any]]:
    """By file, the first on sale of the models that show it; where none is, the first. What is on sale may have been
    made of an upload that nobody else sees."""
    shown = Model3D.objects.filter(mesh__in=mesh_ids).exclude(status=Status.ARCHIVED).select_related("seller")
    named: dict[int, Model3D] = {}
    for model in shown.order_by("pk"):
        assert model.mesh_id is not None  # noqa: S101 (it was found by it)
        known = named.setdefault(model.mesh_id, model)
        if policies.is_live(model) and not policies.is_live(known):
            named[model.mesh_id] = model
    return {
        mesh_id: {
            "id": model.pk,
            "title": model.title if policies.is_live(model) else None,
            "creator": model.seller.username,
        }
        for mesh_id, model in named.items()
    }
