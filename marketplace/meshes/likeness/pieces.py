"""A component made ready to be laid over another: what lies near a place of it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats

from .packing import Component

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

_CELL = 0.07
_MOST_CELLS = 80
_STEPS = np.array(sorted(np.ndindex(3, 3, 3), key=lambda step: -sum((part - 1) ** 2 for part in step))) - 1
"""The 27 cells around one, itself last."""


class Piece:
    """Lengths are divided by the component's R, its middle is the origin."""

    def __init__(self, component: Component) -> None:
        self.component = component
        self.points = (component.points - component.middle) / component.size
        self.normals = component.normals
        self.weights = component.weights
        self.places = (component.places - component.middle) / component.size
        self.radii = component.ladder.astype(np.float64)
        self.axes = component.axes / np.maximum(np.linalg.norm(component.axes, axis=1, keepdims=True), 1e-9)
        self.descriptors = component.descriptors.astype(np.float32)

    @cached_property
    def tree(self) -> cKDTree:
        # It takes a third of a second to load, which every process would pay at its start, and every analysis.
        from scipy.spatial import cKDTree

        return cKDTree(self.points)

    @cached_property
    def _grid(self) -> tuple[Floats, float, NDArray[np.int64], NDArray[np.int16]]:
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        cell = max(_CELL, float((high - low).max()) / _MOST_CELLS)
        low = low - 2 * cell
        width = np.ceil((high - low) / cell).astype(np.int64) + 3
        nearest = np.full(int(width.prod()), -1, dtype=np.int16)
        own = ((self.points - low) / cell).astype(np.int64)
        numbers = np.arange(len(self.points), dtype=np.int16)
        for step in _STEPS:
            at = own + step
            nearest[(at[:, 0] * width[1] + at[:, 1]) * width[2] + at[:, 2]] = numbers
        return low, cell, width, nearest

    def near(self, places: Floats) -> NDArray[np.int16]:
        """(..., 3) -> (...): a point within about a cell and a half of each place, -1 where there is none."""
        low, cell, width, nearest = self._grid
        at = ((places - low) / cell).astype(np.int64)
        inside = ((places >= low) & (at < width)).all(axis=-1)
        flat = (at[..., 0] * width[1] + at[..., 1]) * width[2] + at[..., 2]
        return np.where(inside, nearest[np.where(inside, flat, 0)], -1)
