"""What is kept of shapes to find copies with edits by, the process's index of it, and what a new shape resembles."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import Any

from django.conf import settings
from django.db.models import Q

from marketplace.meshes.likeness.advice import Advice, advise
from marketplace.meshes.likeness.aligning import ENOUGH, Likeness, align_all
from marketplace.meshes.likeness.index import Candidates, ShapeIndex, StoredShape
from marketplace.meshes.results import Character, Shape
from marketplace.models import MeshFile, ShapeDescription

VERSION = 2
"""Of descriptions. Files that were described by an older one are described anew, a few at a time."""
_BATCH = 2000
_building = threading.Lock()
_index: ShapeIndex | None = None


@dataclass(frozen=True)
class Alike:
    """How a stored shape lies over the new one, and what follows from that."""

    likeness: Likeness
    advice: Advice


@dataclass(frozen=True)
class Found:
    """newest: give it to a second search, for what came since. laid: the files of other makers that were laid over the
    shape. alike: by file, those of them of which staff are to be told."""

    newest: int = 0
    laid: frozenset[int] = frozenset()
    alike: dict[int, Alike] = field(default_factory=dict)

    def __or__(self, since: "Found") -> "Found":
        return Found(max(self.newest, since.newest), self.laid | since.laid, self.alike | since.alike)


class ShapeRows:
    """An index's view of the shapes that passed the gate. Owners are those whom the shapes come from."""

    def rows(self, after: int) -> Iterator[StoredShape]:
        found = ShapeDescription.objects.filter(pk__gt=after).exclude(codes=b"").order_by("pk")
        for pk, mesh_id, origin_id, codes in found.values_list("pk", "mesh", "mesh__origin", "codes").iterator(_BATCH):
            yield StoredShape(pk, mesh_id, origin_id, bytes(codes))

    def details(self, ids: Iterable[int]) -> dict[int, bytes]:
        found = ShapeDescription.objects.filter(pk__in=list(ids)).values_list("pk", "data")
        return {pk: bytes(data) for pk, data in found}


def shape_index() -> ShapeIndex:
    """The one of this process, made when it is first needed."""
    global _index
    if _index is None:
        with _building:
            if _index is None:
                _index = ShapeIndex(ShapeRows())
    return _index


def shape_index_forget() -> None:
    """Read all rows again at the next use."""
    global _index
    _index = None


def shapes_alike(mesh: MeshFile, shape: Shape, *, near: Iterable[int] = (), after: int = 0) -> Found:
    """Compare a shape with those of others that passed the gate with an id above `after`, and of the files `near`.

    Raises LikenessUnavailable when it takes longer than `MESH_COMPARE_SECONDS`.
    """
    until = monotonic() + settings.MESH_COMPARE_SECONDS
    candidates = _candidates(mesh, shape, after, until)
    ids = [each.id for each in candidates.found if each.mesh_id != mesh.pk]
    wanted = Q(pk__in=ids) | Q(mesh__in=list(near))
    stored = {row.pk: row for row in ShapeDescription.objects.filter(wanted, version=VERSION).exclude(data=b"")}
    own = {pk: character_of(row) for pk, row in stored.items()}
    # Those that are near by the whole shape come first.
    order = sorted(stored, key=lambda pk: ids.index(pk) if pk in ids else -1)

    def enough(pk: int, likeness: Likeness) -> bool:
        return likeness.share >= ENOUGH and advise(shape.own, own[pk], likeness).verdict == "hold"

    data = {pk: bytes(stored[pk].data) for pk in order}
    alike = {}
    for pk, likeness in (align_all(shape.data, data, enough=enough, deadline=until) if data else {}).items():
        advice = advise(shape.own, own[pk], likeness)
        if advice.verdict != "pass":
            alike[stored[pk].mesh_id] = Alike(likeness, advice)
    return Found(candidates.newest, frozenset(row.mesh_id for row in stored.values()), alike)


def _candidates(mesh: MeshFile, shape: Shape, after: int, until: float) -> Candidates:
    """Of what is still there. Copies that were deleted must not keep what they were copies of from being found."""
    while True:
        found = shape_index().find(shape.data, after=after, without_owner=mesh.owner_id, deadline=until)
        there = ShapeDescription.objects.filter(pk__in=found.ids).values_list("pk", flat=True)
        gone = set(found.ids) - set(there)
        if not gone:
            return found
        shape_index().forget(gone)


def shape_enter(mesh: MeshFile, shape: Shape) -> None:
    """Let later shapes be compared with this one. The caller holds the gate."""
    ShapeDescription.objects.filter(mesh=mesh).delete()
    ShapeDescription.objects.create(
        mesh=mesh, version=VERSION, codes=shape.codes, character=asdict(shape.own), data=shape.data
    )


def shape_enter_again(mesh: MeshFile) -> None:
    """After its origin changed, which indexes keep with the entry. The caller holds the gate."""
    entered = ShapeDescription.objects.filter(mesh=mesh).first()
    if entered is not None:
        entered.delete()
        entered.pk = None
        entered.save(force_insert=True)


def characters_of(mesh_ids: Iterable[int]) -> dict[int, Character]:
    """By file, of those that were described."""
    rows = ShapeDescription.objects.filter(mesh__in=list(mesh_ids), version=VERSION).defer("codes", "data")
    return {row.mesh_id: character_of(row) for row in rows}


def character_of(row: ShapeDescription) -> Character:
    kept: dict[str, Any] = row.character
    return Character(**kept)
