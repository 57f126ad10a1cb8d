"""What an analysis gives. Plain values, so that whoever only stores them loads no geometry."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Note:
    """`code` is stable, `level` is "info" or "warning", `text` one sentence for people."""

    code: str
    level: str
    text: str


@dataclass(frozen=True)
class Figures:
    """Lengths in millimetres. `triangle_count` is the file's own, `vertex_count` that of different places.

    `part_count` counts the separate pieces; a hollow inside one is none. `bounds`: [[x, y, z], [x, y, z]], the lowest
    and the highest corner. `volume_mm3` and `wall_mm` are None for a mesh that is not closed, or whose faces disagree
    about what is inside. `wall_mm`: 95 % of the walls, measured inwards from points all over the surface, are thicker.
    """

    triangle_count: int
    vertex_count: int
    part_count: int
    bounds: list[list[float]]
    volume_mm3: float | None
    surface_mm2: float
    wall_mm: float | None
    is_watertight: bool
    is_convex: bool
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class Looks:
    """What comes beside the shape. `texture_pixels`: longest side of the largest texture, None without one."""

    has_materials: bool = False
    has_textures: bool = False
    has_rigging: bool = False
    has_animations: bool = False
    texture_pixels: int | None = None


@dataclass(frozen=True)
class Fingerprint:
    """`data` is what to keep and compare. The three numbers are for looking up candidates: none of them differs by more
    than `fingerprint.LIKE_MOMENTS` between shapes that are nearly the same."""

    data: bytes
    elongation: float
    flatness: float
    compactness: float


@dataclass(frozen=True)
class Character:
    """How much a shape has of its own, by which a copy could be told: see `likeness.character`.

    kind: "revolution" (turned around an axis), "layers" (drawn out straight, with steps) or "free".
    patches: how many different kinds of places the surface has; a ball has one, a sculpted figure over twenty.
    corners: of a shape of layers, how many corners inwards (or outwards, if those are fewer) its outlines have.
    lettering: whether it reads as a word: pieces of one height in a row.
    is_common: whether it has too little of its own; `reason` then says why, one sentence for people, otherwise "".
    """

    kind: str
    patches: float
    corners: float
    lettering: bool
    is_common: bool
    reason: str


@dataclass(frozen=True)
class Shape:
    """What `likeness` compares of a shape beside its fingerprint.

    data: opaque and versioned, at most `likeness.packing.MOST_BYTES`: what aligning needs, fetched for few shapes.
    codes: opaque and versioned, at most `likeness.packing.MOST_CODES`: what searching needs, read of all shapes.
    Both are empty for a shape that cannot be described.
    """

    data: bytes
    codes: bytes
    own: Character


@dataclass(frozen=True)
class Suggestion:
    """What could be written on the model, at a point of it: see `suggestions`. `kind` is stable, `text` a label,
    `category` one of those of labels, `description` one or two sentences, `sizes` in mm, mm² and degrees by name."""

    kind: str
    text: str
    category: str
    confidence: float
    position: list[float]
    description: str
    sizes: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Analysis:
    """`thumbnail` is a JPEG, `preview` a GLB, `views` are JPEGs from further sides."""

    figures: Figures
    looks: Looks
    fingerprint: Fingerprint
    thumbnail: bytes
    preview: bytes
    shape: Shape
    suggestions: list[Suggestion] = field(default_factory=list)
    views: list[bytes] = field(default_factory=list)
