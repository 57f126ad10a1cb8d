"""What could be written on a model, found in its shape alone. The same mesh always gives the same suggestions.

Positions are in the file's millimetres. What `confidence` (0 to 1) says, and where the position lies:

- size: the box around the model. 1, since it is measured. In the model's middle, or on the surface next to it.
- part: a surface that hangs together and is closed. 1; 0.8 for an open one. In the part's middle, likewise.
- hole, blind hole: a wall that bends inwards all around, to which a cylinder fits (`cylinders`). The share of the full
  turn that has wall, times how well the circle fits, times how round its sides make it. At the middle of its mouth; of
  two mouths, the upper.
- cylinder: the same with a wall that bends outwards. At the middle of its upper end.
- ball: a part whose corners lie on a sphere. How well they do. At the top.
- flat face: one to lie on the print bed with (`standing`). The share of the outline that touches the bed. On the face.
- overhang: faces that look down by more than 45 degrees as the model stands. The part of it that does by more than 50.
  On the surface.
- thin wall: two parallel sides less than 0.8 mm apart (`thinness`). The share of the measurements that say so. Inside.
- gear: an outline that repeats itself (`teeth`). How alike the teeth are, times how near their height is to the
  standard 2.25 modules. In the middle of a tooth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .cylinders import Cylinder, cylinders_of
from .geometry import Floats, Ints, Mesh, shells_of
from .piercing import Target
from .results import Suggestion
from .standing import beds_of, overhangs_of
from .teeth import Teeth, teeth_of
from .thinness import thin_walls_of
from .walls import Flat, Seams, flats_of, seams_of, spot_on

MOST = 30
MOST_FACES = 150_000
"""Of a mesh with more, a lighter one is looked at."""
_MOST_OF_A_KIND = 12
_MOST_PIECES = 60
_CRUMB = 0.001
_LEAST_FLAT = 0.005
_PRINTS_WELL = 10.0
"""Up to this diameter in mm the upper side of a lying hole needs no support."""


def suggestions_of(mesh: Mesh, *, up: int = 2) -> list[Suggestion]:
    """At most MOST, the surest first. `up` is the axis that points upwards."""
    edges = mesh.edges
    solid = edges.is_closed and edges.is_oriented
    mesh = _outwards(mesh)
    seams = seams_of(mesh)
    target = Target(mesh)
    middle = _middle(mesh, solid)
    flats = flats_of(seams, least=_LEAST_FLAT * float(mesh.areas.sum()))
    holes = [hole for hole in cylinders_of(seams, inwards=True, up=up) if any(hole.is_open)]
    teeth = teeth_of(seams, flats)
    pieces = _pieces(mesh)
    found = [_size(mesh, target, middle, solid)]
    found += _parts(pieces, up)
    found += _gear(teeth)
    found += _holes(holes)
    found += _rods(cylinders_of(seams, inwards=False, up=up))
    found += _beds(seams, flats, pieces, middle, up)
    if solid:
        found += _overhangs(seams, holes, up)
        found += _thin_walls(seams)
    return sorted(found, key=lambda one: -one.confidence)[:MOST]


def _outwards(mesh: Mesh) -> Mesh:
    """With the faces looking outwards, where all of them look inwards."""
    centre = mesh.bounds.mean(axis=0)
    volume = float(np.einsum("ij,ij->", mesh.corners[:, 0] - centre, mesh.crosses))
    return mesh if volume >= 0 else Mesh(mesh.vertices, mesh.faces[:, ::-1])


def _middle(mesh: Mesh, solid: bool) -> Floats:
    """The centre of mass of a solid, else the centroid of the surface."""
    origin = mesh.bounds.mean(axis=0)
    corners = mesh.corners - origin
    if solid:
        six = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
        if six.sum() > 0:
            centre: Floats = origin + (corners.sum(axis=1) / 4 * six[:, None]).sum(axis=0) / six.sum()
            return centre
    whole: Floats = origin + (corners.mean(axis=1) * mesh.areas[:, None]).sum(axis=0) / mesh.areas.sum()
    return whole


def _anchor(mesh: Mesh, target: Target, middle: Floats, solid: bool) -> Floats:
    if solid and target.is_inside(middle):
        return middle
    return spot_on(mesh, np.arange(len(mesh.faces)))


def _made(
    kind: str, text: str, category: str, confidence: float, position: Floats, description: str, **sizes: float
) -> Suggestion:
    return Suggestion(
        kind=kind,
        text=text,
        category=category,
        confidence=round(min(1.0, max(0.0, confidence)), 2),
        position=[_rounded(value) for value in position],
        description=description,
        sizes={name: _rounded(value) for name, value in sizes.items()},
    )


def _rounded(value: float) -> float:
    """To as many digits as 32-bit coordinates have."""
    return float(f"{round(float(value), 9):.6g}") + 0.0


def _mm(*sides: float) -> str:
    return " × ".join(f"{side:.2f}".rstrip("0").rstrip(".") if side >= 0.1 else f"{side:.2g}" for side in sides) + " mm"


def _size(mesh: Mesh, target: Target, middle: Floats, solid: bool) -> Suggestion:
    x, y, z = (float(side) for side in mesh.bounds[1] - mesh.bounds[0])
    return _made(
        "size",
        f"Overall size {_mm(x, y, z)}",
        "Dimension",
        1.0,
        _anchor(mesh, target, middle, solid),
        f"The model measures {_mm(x, y, z)} along x, y and z.",
        x=x,
        y=y,
        z=z,
    )


@dataclass(frozen=True)
class _Piece:
    mesh: Mesh
    closed: bool


def _pieces(mesh: Mesh) -> list[_Piece]:
    """The separate surfaces that are neither hollows nor crumbs, the largest first."""
    shells = shells_of(mesh)
    surfaces = np.bincount(shells, mesh.areas)
    pieces = []
    for shell in np.argsort(-surfaces.round(6), kind="stable")[:_MOST_PIECES]:
        if surfaces[shell] < _CRUMB * surfaces.sum():
            break
        piece = Mesh(mesh.vertices, mesh.faces[shells == shell])
        closed = piece.edges.is_closed and piece.edges.is_oriented
        volume = float(np.einsum("ij,ij->", piece.corners[:, 0] - piece.bounds.mean(axis=0), piece.crosses))
        if not (closed and volume < 0):
            pieces.append(_Piece(piece, closed))
    return pieces


def _parts(pieces: Sequence[_Piece], up: int) -> Iterator[Suggestion]:
    """Of several parts, each; and balls, also a single one."""
    for number, piece in enumerate(pieces[:_MOST_OF_A_KIND], start=1):
        part, closed = piece.mesh, piece.closed
        x, y, z = (float(side) for side in part.bounds[1] - part.bounds[0])
        if len(pieces) > 1:
            yield _made(
                "part",
                f"Part {number} of {len(pieces)}",
                "Part",
                1.0 if closed else 0.8,
                _anchor(part, Target(part), _middle(part, closed), closed),
                f"A separate part of {_mm(x, y, z)}" + ("." if closed else ", which is not closed."),
                x=x,
                y=y,
                z=z,
            )
        yield from _ball(part, up)


def _ball(piece: Mesh, up: int) -> Iterator[Suggestion]:
    points = piece.vertices[np.unique(piece.faces)]
    if len(points) < 40:
        return
    centre = piece.bounds.mean(axis=0)
    radius = float((piece.bounds[1] - piece.bounds[0]).mean() / 2)
    off = float(np.abs(np.linalg.norm(points - centre, axis=1) - radius).max() / radius)
    if off < 0.02:
        top = centre + radius * np.eye(3)[up]
        text = f"Ball, diameter {_mm(2 * radius)}"
        description = f"All of its corners lie on a sphere, to {off:.1%} of its radius."
        yield _made("ball", text, "Dimension", 1 - off / 0.04, top, description, diameter=2 * radius)


def _gear(teeth: Teeth | None) -> Iterator[Suggestion]:
    if teeth is not None:
        yield _made(
            "gear",
            "Gear tooth",
            "Part",
            teeth.confidence,
            teeth.tooth,
            f"One of {teeth.count} teeth, module {teeth.module:.2f}, tip diameter {_mm(teeth.tip_diameter)}, "
            f"{_mm(teeth.width)} wide.",
            teeth=float(teeth.count),
            module=teeth.module,
            diameter=teeth.tip_diameter,
            width=teeth.width,
        )


def _alike(one: Cylinder, all_of_them: Sequence[Cylinder]) -> str:
    count = sum(abs(other.diameter - one.diameter) < 0.01 * one.diameter for other in all_of_them)
    return f" One of {count} of this diameter." if count > 1 else ""


def _holes(holes: Sequence[Cylinder]) -> Iterator[Suggestion]:
    for hole in holes[:_MOST_OF_A_KIND]:
        through = all(hole.is_open)
        yield _made(
            "hole" if through else "blind_hole",
            f"{'Hole' if through else 'Blind hole'}, diameter {_mm(hole.diameter)}",
            "Function",
            hole.confidence,
            hole.top,
            f"A round hole of {_mm(hole.diameter)}, "
            + (f"through {_mm(hole.depth)} of material." if through else f"{_mm(hole.depth)} deep.")
            + _alike(hole, holes),
            diameter=hole.diameter,
            depth=hole.depth,
        )


def _rods(rods: Sequence[Cylinder]) -> Iterator[Suggestion]:
    for rod in rods[:_MOST_OF_A_KIND]:
        yield _made(
            "cylinder",
            f"Cylinder, diameter {_mm(rod.diameter)}",
            "Dimension",
            rod.confidence,
            rod.top,
            f"A round outside of {_mm(rod.diameter)}, {_mm(rod.depth)} long." + _alike(rod, rods),
            diameter=rod.diameter,
            depth=rod.depth,
        )


def _beds(seams: Seams, flats: list[Flat], pieces: Sequence[_Piece], middle: Floats, up: int) -> Iterator[Suggestion]:
    parts = [piece.mesh for piece in pieces]
    for bed in beds_of(seams, flats, parts=parts, middle=middle, up=up)[:_MOST_OF_A_KIND]:
        stands = "As the file has it, the model stands on it." if bed.is_bottom else "The model can be laid on it."
        yield _made(
            "flat_face",
            "Flat bottom" if bed.is_bottom else "Flat face for the print bed",
            "Function",
            bed.share,
            bed.spot,
            f"{bed.area:.0f} mm² within {_mm(*bed.size)} touch the bed. {stands}",
            area=bed.area,
            width=bed.size[0],
            depth=bed.size[1],
        )


def _overhangs(seams: Seams, holes: Sequence[Cylinder], up: int) -> Iterator[Suggestion]:
    small: list[Ints] = [hole.faces for hole in holes if hole.diameter <= _PRINTS_WELL]
    leave_out = np.concatenate(small) if small else np.zeros(0, dtype=np.int64)
    for overhang in overhangs_of(seams, up=up, leave_out=leave_out)[:_MOST_OF_A_KIND]:
        yield _made(
            "overhang",
            "Overhang, needs support",
            "Other",
            overhang.clearly,
            overhang.spot,
            f"{overhang.area:.0f} mm² lean out by about {overhang.angle:.0f} degrees, "
            f"{_mm(overhang.height)} above the bed.",
            area=overhang.area,
            angle=overhang.angle,
        )


def _thin_walls(seams: Seams) -> Iterator[Suggestion]:
    for wall in thin_walls_of(seams)[:_MOST_OF_A_KIND]:
        yield _made(
            "thin_wall",
            f"Thin wall, {_mm(wall.thickness)}",
            "Dimension",
            wall.share,
            wall.spot,
            f"A wall of {wall.area:.0f} mm² is only {_mm(wall.thickness)} thick.",
            thickness=wall.thickness,
            area=wall.area,
        )
