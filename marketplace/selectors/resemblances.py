"""What the checks of pictures and 3-D files found alike, in what their makers may know of the others' works, and why a
model waits. Of a work that is not public they learn that there is one, and nothing else; moderators are told which."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.actors import Actor
from marketplace import policies
from marketplace.choices import MeshState, Status, Verdict
from marketplace.models import Listing, MeshFile, Model3D, StatusChange

ANALYSED_NOW = "Its file is being analysed."
MODERATED = "A moderator looks at it before it goes on sale."
COPY = "Its shape is that of another model, so it cannot be published."
RESEMBLES = "Its shape resembles another model, so a moderator looks at it first."


@dataclass(frozen=True)
class Resemblance:
    """Of a file that was held or refused as a copy. `model` is the other one (`id`, `title`, `creator`), None when it
    is gone or not public. `picture` is the name of a private file that shows where they agree, "" for none."""

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


def artwork_named(other: Listing | None, *, actor: Actor | None = None) -> dict[str, Any] | None:
    """The work that a picture resembles (`id`, `title`, `artist`), None when it is gone or not public. For the
    picture's artist, or for a moderator who is named as `actor`."""
    if other is None or not (policies.is_live(other) or _sees_all(actor)):
        return None
    return {"id": other.pk, "title": other.title, "artist": other.seller.username}


def resemblances(meshes: Iterable[MeshFile], *, actor: Actor | None = None) -> dict[int, Resemblance]:
    """By file, of those that were held or refused. One query. For their owners, or for a moderator who is named as
    `actor`."""
    alike = [mesh for mesh in meshes if mesh.verdict in (Verdict.HELD, Verdict.REFUSED)]
    matched = [mesh.matched_id for mesh in alike if mesh.matched_id is not None]
    named = _models_named(matched, sees_all=_sees_all(actor))
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
    found = resemblances(meshes.values(), actor=actor)
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


def _sees_all(actor: Actor | None) -> bool:
    return actor is not None and policies.may_moderate(actor)


def _models_named(mesh_ids: list[int], *, sees_all: bool) -> dict[int, dict[str, Any]]:
    """By file, the first on sale of the models that show it; for who sees all the first, where none is. What is on sale
    may have been made of an upload that nobody else sees."""
    shown = Model3D.objects.filter(mesh__in=mesh_ids).exclude(status=Status.ARCHIVED).select_related("seller")
    named: dict[int, Model3D] = {}
    for model in shown.order_by("pk"):
        assert model.mesh_id is not None  # noqa: S101 (it was found by it)
        if not (sees_all or policies.is_live(model)):
            continue
        known = named.setdefault(model.mesh_id, model)
        if policies.is_live(model) and not policies.is_live(known):
            named[model.mesh_id] = model
    return {
        mesh_id: {"id": model.pk, "title": model.title, "creator": model.seller.username}
        for mesh_id, model in named.items()
    }
