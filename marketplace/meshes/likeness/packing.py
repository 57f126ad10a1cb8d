"""How a description is kept: a few tens of kilobytes that nothing but this module reads and writes.

A description is a list of components: the shells that matter, and the whole where the largest shell is not nearly all
of it. Lengths are millimetres. Each component has places with descriptors (see `places`), and points all over its
surface.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats
from marketplace.meshes.results import Character

MOST_BYTES = 100_000
MOST_CODES = 4_000
NUMBERS = 32
"""Numbers of a descriptor."""
STEP = 1.3
"""Radii are powers of this, in millimetres: copies in the same size meet at equal radii."""
DESCRIPTOR_REACH = 0.5
"""No number of a descriptor is larger."""

_MAGIC = b"s1\0\0"
_KINDS = ("revolution", "layers", "free")
_HEAD = struct.Struct("<4sB")
_COMPONENT = struct.Struct("<BBfffffffHHHB")
_FINEST, _FINE = 32_767, 127


@dataclass(frozen=True)
class Component:
    """One shell, or the whole.

    part: its share of the whole's surface. size: R, the root mean square distance of its surface from `middle`.
    descriptors: (n, 32), their square sums are the squared distances of patches. places: (n, 3). axes: (n, 3), the
    mean normals. ladder: (n,), the radius of each patch is `STEP ** ladder`.
    points, normals: (m, 3), in no order, so that the first so many are a fair sample as well. weights: (m,) 0..1, how
    bent the surface is there. own: its character.
    """

    is_whole: bool
    part: float
    size: float
    middle: Floats
    own: Character
    descriptors: Floats
    places: Floats
    axes: Floats
    ladder: NDArray[np.int64]
    points: Floats
    normals: Floats
    weights: Floats


def packed(components: list[Component]) -> bytes:
    """Descriptors are rounded to 1/127 of `_scale`, places and points to 1/32,767 of the reach."""
    parts = [_HEAD.pack(_MAGIC, len(components))]
    for one in components:
        reach = float(max(np.abs(one.points - one.middle).max(), np.abs(one.places - one.middle).max(initial=0), 1e-9))
        own = one.own
        flags = one.is_whole | own.lettering << 1 | own.is_common << 2
        reason = own.reason.encode()[:255]
        parts += [
            _COMPONENT.pack(
                flags,
                _KINDS.index(own.kind),
                one.part,
                one.size,
                *one.middle,
                reach,
                own.patches,
                round(min(own.corners, 60_000)),
                len(one.places),
                len(one.points),
                len(reason),
            ),
            reason,
            _small(one.descriptors, DESCRIPTOR_REACH),
            _large(one.places - one.middle, reach),
            _small(one.axes, 1.0),
            one.ladder.astype(np.int8).tobytes(),
            _large(one.points - one.middle, reach),
            _small(one.normals, 1.0),
            np.rint(np.clip(one.weights, 0, 1) * 255).astype(np.uint8).tobytes(),
        ]
    return b"".join(parts)


def unpacked(data: bytes) -> list[Component]:
    """The components; none of what another version wrote, or of an empty description."""
    if len(data) < _HEAD.size:
        return []
    magic, count = _HEAD.unpack_from(data)
    if magic != _MAGIC:
        return []
    at = _HEAD.size
    components = []
    for _ in range(count):
        (flags, kind, part, size, x, y, z, reach, patches, corners, places, points, length) = _COMPONENT.unpack_from(
            data, at
        )
        at += _COMPONENT.size
        reason = data[at : at + length].decode(errors="ignore")
        at += length
        taken: list[Floats] = []
        kept: tuple[tuple[int, np.dtype[Any], int, float], ...] = (
            (NUMBERS, np.dtype("<i1"), places, DESCRIPTOR_REACH / _FINE),
            (3, np.dtype("<i2"), places, reach / _FINEST),
            (3, np.dtype("<i1"), places, 1 / _FINE),
            (1, np.dtype("<i1"), places, 1.0),
            (3, np.dtype("<i2"), points, reach / _FINEST),
            (3, np.dtype("<i1"), points, 1 / _FINE),
            (1, np.dtype("<u1"), points, 1 / 255),
        )
        for width, code, amount, scale in kept:
            taken.append(np.frombuffer(data, code, amount * width, at).reshape(-1, width) * scale)
            at += amount * width * code.itemsize
        middle = np.array([x, y, z])
        own = Character(_KINDS[kind], patches, float(corners), bool(flags & 2), bool(flags & 4), reason)
        descriptors, at_places, axes, ladder, at_points, normals, weights = taken
        components.append(
            Component(
                is_whole=bool(flags & 1),
                part=part,
                size=size,
                middle=middle,
                own=own,
                descriptors=descriptors,
                places=at_places + middle,
                axes=axes,
                ladder=ladder[:, 0].astype(np.int64),
                points=at_points + middle,
                normals=normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9),
                weights=weights[:, 0],
            )
        )
    return components


def _small(values: Floats, reach: float) -> bytes:
    return np.rint(np.clip(values / reach, -1, 1) * _FINE).astype(np.int8).tobytes()


def _large(values: Floats, reach: float) -> bytes:
    return np.rint(np.clip(values / reach, -1, 1) * _FINEST).astype("<i2").tobytes()
