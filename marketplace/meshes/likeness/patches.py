"""Patches of a surface, described by numbers that no turning and no mirroring changes.

A patch is what lies within a radius of a place. Its 112 numbers are three histograms with linear interpolation, square
roots taken: distance from the place by the angle of the normal and the ray (5 x 8); distance by the angle of the normal
and the patch's mean normal (5 x 8); and distance from the line along the mean normal by height along it (4 x 8).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats, dots, lengths_of

from .packing import STEP
from .surface import CANDIDATES, Surface

RAW = 112
_SMALLEST, _LARGEST = 0.20, 0.75
_BENT_WITHIN, _APART, _MOVED_WITHIN = 0.45, 0.4, 0.3
_BATCH = 64


def ladder_of(size: float) -> list[int]:
    """The radii to describe a shape of this size at: five or six powers of `STEP`."""
    lowest = math.ceil(math.log(_SMALLEST * size) / math.log(STEP))
    highest = math.floor(math.log(_LARGEST * size) / math.log(STEP))
    return list(range(lowest, highest + 1))


def bent_radii(ladder: list[int]) -> list[float]:
    return [_BENT_WITHIN * STEP**rung for rung in ladder]


def places_of(surface: Surface, bent: Floats, radius: float, most: int) -> Floats:
    """(at most `most`, 3): where the surface is bent most, apart from each other. Corners come out alike whatever the
    faces; places along an edge are arbitrary, but look alike."""
    points = surface.points[:CANDIDATES]
    open_ = np.ones(len(points), dtype=bool)
    found = []
    order = np.argsort(-bent, kind="stable")
    weights = bent**3 + 1e-12
    for place in order:
        if not open_[place]:
            continue
        away = points - points[place]
        apart = dots(away, away)
        open_ &= apart > (_APART * radius) ** 2
        near = apart <= (_MOVED_WITHIN * radius) ** 2
        found.append((points[near] * weights[near, None]).sum(axis=0) / weights[near].sum())
        if len(found) == most:
            break
    return np.array(found)


def patches_at(surface: Surface, places: Floats, radius: float) -> tuple[Floats, Floats]:
    """(n, 112) descriptors of unit length and (n, 3) mean normals."""
    parts = [_described(surface, places[start : start + _BATCH], radius) for start in range(0, len(places), _BATCH)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _described(surface: Surface, places: Floats, radius: float) -> tuple[Floats, Floats]:
    points = ((surface.points - surface.middle) / radius).astype(np.float32)
    centres = ((places - surface.middle) / radius).astype(np.float32)
    apart = dots(centres, centres)[:, None] + dots(points, points) - 2 * (centres @ points.T)
    rows, chosen = np.nonzero(apart <= 1)
    count = len(places)
    normals = surface.normals[chosen]
    rays = points[chosen] - centres[rows]
    distance = np.minimum(lengths_of(rays), 1.0)
    sums = np.stack([np.bincount(rows, normals[:, axis], count) for axis in range(3)], axis=1)
    axes = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    along = axes[rows]
    height = dots(rays, along)
    looks = np.clip(dots(normals, rays) / np.maximum(distance, 1e-6), -1, 1)
    tilt = np.clip(dots(normals, along), -1, 1)
    beside = np.sqrt(np.clip(distance**2 - height**2, 0, 1))
    parts = [
        _histogram(rows, count, distance, 5, (looks + 1) / 2, 8),
        _histogram(rows, count, distance, 5, (tilt + 1) / 2, 8),
        _histogram(rows, count, beside, 4, np.clip((height + 1) / 2, 0, 1), 8),
    ]
    return np.concatenate(parts, axis=1) / math.sqrt(3), axes


def _histogram(rows: NDArray[np.int64], count: int, one: Floats, ones: int, other: Floats, others: int) -> Floats:
    """(count, ones x others) of unit length: the values, 0..1 both, shared among the four nearest bins."""
    a, b = one * ones - 0.5, other * others - 0.5
    low_a, low_b = np.floor(a), np.floor(b)
    share_a, share_b = a - low_a, b - low_b
    places_b = [np.clip(low_b + step, 0, others - 1).astype(np.int64) for step in (0, 1)]
    total = np.zeros(count * ones * others)
    for step_a, part_a in ((0, 1 - share_a), (1, share_a)):
        place_a = (rows * ones + np.clip(low_a + step_a, 0, ones - 1).astype(np.int64)) * others
        for place_b, part_b in zip(places_b, (1 - share_b, share_b), strict=True):
            total += np.bincount(place_a + place_b, part_a * part_b, len(total))
    histogram = np.sqrt(total.reshape(count, -1))
    return histogram / np.maximum(np.linalg.norm(histogram, axis=1, keepdims=True), 1e-9)
