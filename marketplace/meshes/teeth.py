"""Gear teeth: a flat outline whose distance from its middle repeats itself as often as there are teeth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .geometry import Floats, Mesh, crossed, lengths_of
from .walls import Flat, Seams

FEWEST, MOST = 6, 400
_SAMPLES = 8_192
LEAST_CONFIDENCE = 0.6
_LEAST_LAND = 0.15
"""Share of the turn at which it is as high as its teeth: 22 % and more in gears, 8 % at most in stars."""
_STANDARD_HEIGHT = 2.25
"""In modules: addendum 1 and dedendum 1.25, ISO 53."""


@dataclass(frozen=True)
class Teeth:
    """`module` is (tip diameter) / (teeth + 2), in mm. `tooth` is a point in the middle of a tooth, on the pitch circle
    and half way through its width. `confidence`: how alike the teeth are, times how near their height is to 2.25
    modules."""

    count: int
    module: float
    tip_diameter: float
    width: float
    tooth: Floats
    confidence: float


def teeth_of(seams: Seams, flats: list[Flat]) -> Teeth | None:
    """The toothed outline of one of the flat faces, the likeliest. None when there is none."""
    found = [teeth for flat in flats if (teeth := _teeth(seams, flat)) is not None]
    return max(found, key=lambda teeth: (round(teeth.confidence, 6), teeth.tip_diameter), default=None)


def _teeth(seams: Seams, flat: Flat) -> Teeth | None:
    if len(flat.faces) + 2 < 3 * FEWEST:
        return None  # its outline has no more corners than that
    mesh = seams.mesh
    e1 = _sideways(flat.normal)
    e2 = crossed(flat.normal, e1)
    outline = _outline(mesh, flat, e1, e2)
    if outline is None or len(outline) < 3 * FEWEST:
        return None
    middle = _centroid(outline)
    profile = _profile(outline - middle)
    if profile is None:
        return None
    height = float(np.ptp(profile))
    count, likeness, phase = _repeats(profile)
    if not FEWEST <= count <= MOST or height <= 0.02 * profile.max():
        return None
    if (profile > profile.max() - 0.1 * height).mean() < _LEAST_LAND:
        return None
    halfway = profile > (profile.max() + profile.min()) / 2
    if int((halfway & ~np.roll(halfway, 1)).sum()) != count or _inner_corners(outline) < count:
        return None
    module = 2 * float(profile.max()) / (count + 2)
    confidence = likeness * max(0.0, 1 - abs(height / module / _STANDARD_HEIGHT - 1))
    if confidence < LEAST_CONFIDENCE:
        return None
    width = _width(seams, flat)
    turn = -phase / count
    turn -= 2 * np.pi / count * np.round(turn * count / (2 * np.pi))
    place = middle + module * count / 2 * np.array([np.cos(turn), np.sin(turn)])
    tooth = place[0] * e1 + place[1] * e2 + (flat.offset - width / 2) * flat.normal
    return Teeth(count, module, 2 * float(profile.max()), width, tooth, confidence)


def _sideways(normal: Floats) -> Floats:
    """A direction square to the normal: as near to x (or else y) as there is one."""
    axis = np.eye(3)[0] if abs(normal[0]) < 0.9 else np.eye(3)[1]
    across = axis - (axis @ normal) * normal
    sideways: Floats = across / np.linalg.norm(across)
    return sideways


def _outline(mesh: Mesh, flat: Flat, e1: Floats, e2: Floats) -> Floats | None:
    """The longest loop around the face, in its plane."""
    faces = mesh.faces[flat.faces]
    tails, heads = faces.reshape(-1), np.roll(faces, -1, axis=1).reshape(-1)
    most = len(mesh.vertices)
    border = ~np.isin(tails * most + heads, heads * most + tails)
    following = dict(zip(tails[border].tolist(), heads[border].tolist(), strict=True))
    if len(following) < int(border.sum()):
        return None  # loops touch each other
    best: list[int] = []
    longest = 0.0
    while following:
        start, here = following.popitem()
        loop = [start]
        while here != start:
            loop.append(here)
            if here not in following:
                return None
            here = following.pop(here)
        points = mesh.vertices[loop]
        length = float(lengths_of(points - np.roll(points, 1, axis=0)).sum())
        if length > longest:
            best, longest = loop, length
    points = mesh.vertices[best]
    return np.stack([points @ e1, points @ e2], axis=1)


def _centroid(outline: Floats) -> Floats:
    origin = outline.mean(axis=0)
    a, b = outline - origin, np.roll(outline, -1, axis=0) - origin
    twice = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    centroid: Floats = origin + ((a + b) * twice[:, None]).sum(axis=0) / max(3 * float(twice.sum()), 1e-300)
    return centroid


def _profile(outline: Floats) -> Floats | None:
    """The distance of the outline from the origin in _SAMPLES directions; None where a direction meets it twice."""
    ends = np.roll(outline, -1, axis=0)
    steps = np.arctan2(outline[:, 0] * ends[:, 1] - outline[:, 1] * ends[:, 0], (outline * ends).sum(axis=1))
    if (steps < -1e-4).any() or abs(steps.sum() - 2 * np.pi) > 1e-6:
        return None
    start = float(np.arctan2(outline[0, 1], outline[0, 0]))
    turns = start + np.concatenate([[0.0], np.cumsum(steps)])
    turns = np.maximum.accumulate(turns)
    wanted = np.arange(_SAMPLES) * 2 * np.pi / _SAMPLES
    wanted = start + (wanted - start) % (2 * np.pi)
    piece = np.clip(np.searchsorted(turns, wanted, "right") - 1, 0, len(outline) - 1)
    a, b = outline[piece], ends[piece]
    # Where the ray in this direction crosses the straight piece.
    ways = np.stack([np.cos(wanted), np.sin(wanted)], axis=1)
    across = a[:, 0] * (b - a)[:, 1] - a[:, 1] * (b - a)[:, 0]
    along = ways[:, 0] * (b - a)[:, 1] - ways[:, 1] * (b - a)[:, 0]
    distance = np.divide(across, along, out=np.linalg.norm(a, axis=1), where=np.abs(along) > 1e-12)
    return np.clip(distance, 0, float(np.linalg.norm(outline, axis=1).max()))


def _repeats(profile: Floats) -> tuple[int, float, float]:
    """How often it repeats itself, how alike the pieces are (1: the same), and the phase of that wave."""
    waves = np.fft.rfft(profile - profile.mean())
    power = np.abs(waves) ** 2
    count = int(np.argmax(power[: MOST + 1]))
    if count < FEWEST:
        return 0, 0.0, 0.0
    return count, float(power[count::count].sum() / power.sum()), float(np.angle(waves[count]))


def _inner_corners(outline: Floats) -> int:
    before, after = outline - np.roll(outline, 1, axis=0), np.roll(outline, -1, axis=0) - outline
    turns = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return int((turns < -1e-9 * float(np.abs(outline).max()) ** 2).sum())


def _width(seams: Seams, flat: Flat) -> float:
    """How far the walls at the border of the face reach down from it."""
    within = np.zeros(len(seams.mesh.faces), dtype=bool)
    within[flat.faces] = True
    border = within[seams.one] != within[seams.other]
    beside = np.where(within[seams.one[border]], seams.other[border], seams.one[border])
    depths = flat.offset - (seams.mesh.corners[beside] @ flat.normal).min(axis=1)
    return float(np.median(depths)) if len(depths) else 0.0
