"""What a reader made of a file, against what is known of it beforehand."""

import io

import numpy as np
import pytest

from marketplace.meshes.geometry import Mesh, edges_of, welded

L_POINTS = [(0, 0), (40, 0), (40, 6), (6, 6), (6, 30), (0, 30)]
L_CORNERS = [(x, y, z) for z in (0, 20) for x, y in L_POINTS]
L_FACES = [(5, 4, 3, 2, 1, 0), (6, 7, 8, 9, 10, 11), *((i, (i + 1) % 6, (i + 1) % 6 + 6, i + 6) for i in range(6))]
"""An L profile 40 x 30 x 20 mm with legs of 6 mm: two concave polygons of six corners, and six of four."""
L_FIGURES = (20, 7680, 3568, (40, 30, 20))


def figures_of(found):
    """Triangles, signed volume, area and box of what was read; the surface must be closed."""
    mesh = Mesh(found.vertices, found.faces)
    edges = edges_of(welded(found.vertices, found.faces).faces)
    assert edges.is_closed and edges.is_oriented
    a, b, c = mesh.corners[:, 0], mesh.corners[:, 1], mesh.corners[:, 2]
    volume = float(np.einsum("ni,ni->", a, np.cross(b, c)) / 6)
    return len(mesh.faces), volume, float(mesh.areas.sum()), tuple(np.ptp(mesh.bounds, axis=0).tolist())


def check(module, data, expected, *, rel=1e-6):
    found = module.read(io.BytesIO(data))
    triangles, volume, area, box = figures_of(found)
    assert triangles == expected[0]
    assert (volume, area) == pytest.approx(expected[1:3], rel=rel)
    assert box == pytest.approx(expected[3], rel=rel)
    return found
