"""Words and signs drawn out straight, in the fonts of the project's papers."""

from __future__ import annotations

from functools import cache

import mapbox_earcut
import numpy as np
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from config.core.papers.fonts import file_of
from marketplace.meshes.geometry import Floats, Mesh, welded

_CURVE = 5
"""Straight pieces a curve is drawn with."""


def word(text: str, *, font: str, size: float, height: float, base: float = 0.0) -> Mesh:
    """One shell a letter, from `base` upwards. `size` is the height of the font's square in millimetres."""
    at, parts = 0.0, []
    scale = size / _font(font)["head"].unitsPerEm
    for letter in text:
        name = _font(font).getBestCmap().get(ord(letter), ".notdef")
        rings = _rings(font, name)
        if rings:
            parts.append(_drawn([(ring + [at, 0]) * scale for ring in rings], height, base))
        at += _font(font)["hmtx"][name][0]
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    return Mesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)]),
    )


@cache
def _font(name: str) -> TTFont:
    return TTFont(file_of(name))


@cache
def _rings(font: str, glyph: str) -> tuple[Floats, ...]:
    pen = DecomposingRecordingPen(_font(font).getGlyphSet())
    _font(font).getGlyphSet()[glyph].draw(pen)
    rings: list[Floats] = []
    ring: list[tuple[float, float]] = []
    for move, points in pen.value:
        if move in ("moveTo", "lineTo"):
            ring.append(points[0])
        elif move == "qCurveTo":
            ring += _curve([ring[-1], *points])
        elif ring:
            rings.append(np.array(ring))
            ring = []
    return tuple(ring for ring in map(_without_repeated, rings) if len(ring) > 2)


def _curve(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Quadratic pieces, whose ends lie halfway between the points that steer them."""
    start, *steering, end = (np.array(point, dtype=float) for point in points)
    drawn = []
    for number, control in enumerate(steering):
        stop = end if number == len(steering) - 1 else (control + steering[number + 1]) / 2
        for step in range(1, _CURVE + 1):
            t = step / _CURVE
            drawn.append(tuple((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * stop))
        start = stop
    return drawn


def _without_repeated(ring: Floats) -> Floats:
    return ring[np.abs(ring - np.roll(ring, 1, axis=0)).max(axis=1) > 1e-6]


def _drawn(rings: list[Floats], height: float, base: float) -> Mesh:
    """TrueType draws outlines clockwise and holes the other way."""
    areas = [_area(ring) for ring in rings]
    outlines = [ring for ring, area in zip(rings, areas, strict=True) if area < 0]
    holes = [ring for ring, area in zip(rings, areas, strict=True) if area > 0]
    vertices, faces, count = [], [], 0
    for outline in outlines:
        low, high = outline.min(axis=0), outline.max(axis=0)
        own = [hole for hole in holes if ((hole.mean(axis=0) > low) & (hole.mean(axis=0) < high)).all()]
        group = [outline[::-1], *(hole[::-1] for hole in own)]
        flat = np.concatenate(group)
        ends = np.cumsum([len(ring) for ring in group]).astype(np.uint32)
        top = mapbox_earcut.triangulate_float64(flat, ends).reshape(-1, 3).astype(np.int64)
        if sum(_area(flat[face]) for face in top) < 0:
            top = top[:, ::-1]
        size = len(flat)
        vertices.append(np.concatenate([np.c_[flat, np.full(size, base)], np.c_[flat, np.full(size, base + height)]]))
        faces += [count + top[:, ::-1], count + top + size]
        start = count
        for ring in group:
            here = np.arange(start, start + len(ring))
            after = np.roll(here, -1)
            faces += [np.c_[here, after, after + size], np.c_[here, after + size, here + size]]
            start += len(ring)
        count += 2 * size
    return welded(np.concatenate(vertices), np.concatenate(faces))


def _area(ring: Floats) -> float:
    x, y = ring.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
