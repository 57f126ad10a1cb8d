"""3-D models for the sample data, made by formula: the same ones on every machine, and nobody's but ours."""

import math
from collections.abc import Callable

import numpy as np

from marketplace.meshes.geometry import Mesh
from marketplace.meshes.shapes import (
    circle,
    extruded,
    gear_outline,
    revolved,
    rounded_rectangle,
    stl_of,
)


def mesh_file(style: str) -> bytes:
    """A binary STL in millimetres. `style` is a key of SHAPES."""
    return stl_of(SHAPES[style](), title=f"Atelier {style}")


def vase() -> Mesh:
    """A fluted vase, 160 mm high, that twists by a third of a turn; walls of 2.4 mm."""
    heights = np.linspace(0, 160, 33)
    outer = 34 + 14 * np.sin(heights / 160 * math.pi * 1.25 + 0.3) - 0.03 * heights
    inside = heights > 4
    profile = [(0.0, 0.0), *zip(outer, heights, strict=True)]
    profile += [(radius - 2.4, height) for radius, height in zip(outer[inside], heights[inside], strict=True)][::-1]
    profile.append((0.0, float(heights[inside][0])))
    return revolved(
        np.array(profile),
        segments=90,
        shape=lambda turn, height: 1 + 0.05 * np.cos(9 * turn - height / 160 * 6 * math.pi),
    )


def gear() -> Mesh:
    """A spur gear of module 2 with 24 teeth, 8 mm wide, a 10 mm bore and six holes that make it lighter."""
    holes = [circle(5.0)]
    for step in range(6):
        turn = step * math.pi / 3
        holes.append(circle(4.5, at=(13.5 * math.cos(turn), 13.5 * math.sin(turn)), corners=24))
    return extruded(gear_outline(2.0, 24, flank=4), 8.0, holes=holes)


def bracket() -> Mesh:
    """A mounting plate of 80 by 50 by 4 mm with rounded corners, four 5 mm holes and a slot."""
    holes = [circle(2.5, at=(x, y), corners=32) for x in (-32.0, 32.0) for y in (-17.0, 17.0)]
    return extruded(rounded_rectangle(80, 50, 6), 4.0, holes=[*holes, rounded_rectangle(30, 8, 4)])


def phone_stand() -> Mesh:
    """A stand that holds a telephone at 65 degrees, 70 mm wide."""
    lean = (math.cos(math.radians(65)), math.sin(math.radians(65)))
    foot, back, thick, lip = 78.0, 95.0, 5.0, 14.0
    knee = (12.0, thick)
    top = (knee[0] + back * lean[0], knee[1] + back * lean[1])
    across = (thick * lean[1], -thick * lean[0])
    outline = [
        (-lip, 0.0),
        (foot, 0.0),
        (foot, thick),
        (knee[0] + across[0] + 4, thick),
        (top[0] + across[0], top[1] + across[1]),
        top,
        knee,
        (-lip + thick, thick),
        (-lip + thick - 4, thick + 12),
        (-lip - 4, thick + 12),
    ]
    lying = extruded(np.array(outline), 70.0)
    return Mesh(lying.vertices[:, [0, 2, 1]] * [1, -1, 1], lying.faces)


SHAPES: dict[str, Callable[[], Mesh]] = {"vase": vase, "gear": gear, "bracket": bracket, "phone stand": phone_stand}
