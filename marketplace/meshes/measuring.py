"""What is measured in a mesh, and what a printer should know about it. Lengths in millimetres."""

from __future__ import annotations

import numpy as np

from .geometry import Floats, Ints, Mesh, shells_of
from .reducing import reduced
from .results import Figures, Note

THIN_WALL_MM = 0.8
"""Two lines of a 0.4 mm nozzle."""
BED_MM = 256.0
"""What the common printers of today reach along each axis."""
TINY_MM = 1.0
OVERHANG = float(np.cos(np.radians(45)))
_RAYS = 300
_RAY_FACES = 20_000


def measure(mesh: Mesh, *, lighter: Mesh | None = None, triangles: int, up: int = 2) -> Figures:
    """`triangles` is the file's own count; `up` the axis that points upwards (for overhangs). `lighter` is the mesh
    with fewer faces, when there is one already: walls are measured in such a one."""
    edges = mesh.edges
    closed = edges.is_closed
    solid = closed and edges.is_oriented
    shells = shells_of(mesh)
    parts, hollows, inside_out, volume = _parts(mesh, shells, solid)
    thickness = walls(lighter or mesh) if solid else None
    wall = float(np.quantile(thickness, 0.05)) if thickness is not None and len(thickness) else None
    surface = float(mesh.areas.sum())
    size = mesh.bounds[1] - mesh.bounds[0]
    notes: list[Note] = []

    def note(code: str, level: str, text: str) -> None:
        notes.append(Note(code, level, text))

    if not closed:
        count = int((edges.counts % 2 == 1).sum())
        note("open", "warning", f"The mesh is not closed: {count} edges have a face on one side only.")
    if not edges.is_oriented:
        note("mixed_sides", "warning", "Neighbouring faces disagree about which side is outside.")
    if inside_out:
        note("inside_out", "warning", "Faces point inwards; slicers may take the inside for the outside.")
    if triangles > len(mesh.faces):
        note("degenerate", "info", f"{triangles - len(mesh.faces)} triangles have no area.")
    if parts > 1:
        note("parts", "info", f"The file holds {parts} separate parts.")
    if hollows:
        note("hollow", "info", f"There are {hollows} closed hollows inside, in which resin or supports stay.")
    if wall is not None and thickness is not None and wall < THIN_WALL_MM:
        share = float((thickness < THIN_WALL_MM).mean())
        note("thin_walls", "warning", f"About {share:.0%} of the walls are thinner than {THIN_WALL_MM} mm.")
    overhang = _overhang_share(mesh, up) if solid else 0.0
    if overhang >= 0.02:
        note("overhangs", "info", f"About {overhang:.0%} of the surface overhangs by more than 45 degrees.")
    if size.max() > BED_MM:
        note("large", "info", f"The longest side has {size.max():.0f} mm, more than the bed of most printers.")
    if size.max() < TINY_MM:
        note("tiny", "warning", f"The longest side has {size.max():.3g} mm. Is the unit right?")
    return Figures(
        triangle_count=triangles,
        vertex_count=len(mesh.vertices),
        part_count=parts,
        bounds=[[float(value) for value in corner] for corner in mesh.bounds],
        volume_mm3=volume,
        surface_mm2=surface,
        wall_mm=wall,
        is_watertight=closed,
        is_convex=solid and parts == 1 and not hollows and _is_convex(mesh, inside_out),
        notes=notes,
    )


def _parts(mesh: Mesh, shells: Ints, solid: bool) -> tuple[int, int, bool, float | None]:
    """Parts, hollows, whether something is inside out, and the volume. A shell that faces inwards is a hollow when it
    lies within one that faces outwards."""
    count = int(shells.max()) + 1
    if not solid:
        return count, 0, False, None
    middle = mesh.bounds.mean(axis=0)  # near the mesh, for the sake of precision
    a, b, c = (mesh.corners[:, corner] - middle for corner in range(3))
    volumes = np.bincount(shells, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6, minlength=count)
    inwards = volumes < 0
    inside_out = bool(inwards.all())
    if inside_out:
        volumes, inwards = -volumes, np.zeros(count, dtype=bool)
    if inwards.any():
        low, high = _boxes(mesh, shells, count)
        outer_low, outer_high = low[~inwards], high[~inwards]
        for shell in np.flatnonzero(inwards):
            within = (outer_low <= low[shell]).all(axis=1) & (outer_high >= high[shell]).all(axis=1)
            if not within.any():
                inside_out, inwards[shell], volumes[shell] = True, False, -volumes[shell]
    hollows = int(inwards.sum())
    return count - hollows, hollows, inside_out, float(volumes.sum())


def _boxes(mesh: Mesh, shells: Ints, count: int) -> tuple[Floats, Floats]:
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, shells, mesh.corners.min(axis=1))
    np.maximum.at(high, shells, mesh.corners.max(axis=1))
    return low, high


def _is_convex(mesh: Mesh, inside_out: bool) -> bool:
    """Whether both faces at every edge turn away from each other, and every point lies behind every face. The second
    is tried for a few hundred of each: a finely meshed hollow bends too little at an edge to show there."""
    edges = mesh.edges
    if not (edges.counts == 2).all():
        return False
    normals = -mesh.normals if inside_out else mesh.normals
    chance, slack = np.random.default_rng(20), mesh.longest_side * 1e-5
    faces = chance.choice(len(mesh.faces), min(len(mesh.faces), 500), replace=False)
    points = chance.choice(mesh.vertices, min(len(mesh.vertices), 2_000), replace=False)
    offsets = np.einsum("ij,ij->i", mesh.corners[faces, 0], normals[faces])
    if (points @ normals[faces].T - offsets).max() > slack * 10:
        return False
    first, second = edges.order[edges.starts], edges.order[edges.starts + 1]
    # The corner of the second face that is not on the edge: half edge h runs from its corner h % 3 to the next.
    opposite = mesh.corners[second // 3, (second % 3 + 2) % 3]
    on_edge = mesh.corners[first // 3, first % 3]
    heights = np.einsum("ij,ij->i", opposite - on_edge, normals[first // 3])
    return bool(heights.max() <= slack)


def _overhang_share(mesh: Mesh, up: int) -> float:
    """Share of the surface that faces downwards, steeper than 45 degrees, and does not lie on the bed."""
    low, high = mesh.bounds[0, up], mesh.bounds[1, up]
    above = mesh.corners[:, :, up].min(axis=1) > low + max(0.1, 0.005 * (high - low))
    hanging = (mesh.normals[:, up] < -OVERHANG) & above
    return float(mesh.areas[hanging].sum() / mesh.areas.sum())


def walls(mesh: Mesh) -> Floats:
    """Thicknesses, in mm, measured inwards from points spread evenly over the surface of a closed mesh."""
    targets = reduced(mesh, _RAY_FACES)
    starts, directions = _points_inwards(targets, np.random.default_rng(20))
    nearest = np.full(len(starts), np.inf)
    for index in range(0, len(starts), 25):
        part = slice(index, index + 25)
        nearest[part] = _hits(starts[part], directions[part], targets, least=mesh.longest_side * 1e-5)
    found: Floats = nearest[np.isfinite(nearest)]
    return found


def _points_inwards(mesh: Mesh, chance: np.random.Generator) -> tuple[Floats, Floats]:
    reach = np.cumsum(mesh.areas)
    steps = (np.arange(_RAYS) + chance.random(_RAYS)) / _RAYS
    faces = np.minimum(np.searchsorted(reach, steps * reach[-1]), len(mesh.faces) - 1)
    u, v = np.sqrt(chance.random((_RAYS, 1))), chance.random((_RAYS, 1))
    a, b, c = (mesh.corners[faces, corner] for corner in range(3))
    normals = mesh.normals[faces]
    facing = normals.any(axis=1)
    outwards = np.sign(np.einsum("ij,ij->", mesh.corners[:, 0] - mesh.bounds.mean(axis=0), mesh.crosses)) or 1.0
    return ((1 - u) * a + u * (1 - v) * b + u * v * c)[facing], -outwards * normals[facing]


def _hits(starts: Floats, directions: Floats, targets: Mesh, *, least: float) -> Floats:
    """Distance along each ray to the first face beyond `least`; infinite for none (Möller and Trumbore 1997)."""
    a = targets.corners[:, 0]
    one, two = targets.corners[:, 1] - a, targets.corners[:, 2] - a
    p = np.cross(directions[:, None], two[None])
    determinant = np.einsum("fj,rfj->rf", one, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        from_a = starts[:, None] - a[None]
        u = np.einsum("rfj,rfj->rf", from_a, p) / determinant
        q = np.cross(from_a, one[None])
        v = np.einsum("rj,rfj->rf", directions, q) / determinant
        distance = np.einsum("fj,rfj->rf", two, q) / determinant
        hit = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (distance > least)
    return np.where(hit, distance, np.inf).min(axis=1)
