"""OBJ and PLY files in which a second reader must find the same."""

import numpy as np
import pytest

from marketplace.tests.meshes import test_obj_files as obj_files
from marketplace.tests.meshes import test_ply_files as ply_files
from marketplace.tests.meshes.judges import ask, said_of
from marketplace.tests.meshes.solids import FILES, read_of

UNREAD_OBJ = {
    "tabs and many blanks",
    "a byte order mark",
    "comments behind the words",
    "a comment that ends in a backslash",
    "signs",
    "lines continued, of Windows",
    "objects, groups, materials, lines and points",
    "names in no encoding",
}
"""Assimp refuses them, though other programs write and read them; what is right stands in closed form."""
READ_WRONG = {"weights of curves"}
"""Assimp divides by the weight, which the format has for curves and surfaces alone."""
STARS = np.random.default_rng(7).uniform(0.3, 1.0, (3, 12))


def prism(radii):
    """Above and below concave, with corners upon straight edges."""
    turns = 2 * np.pi * np.arange(len(radii)) / len(radii)
    star = 30 * np.stack([radii * np.cos(turns), radii * np.sin(turns)], axis=1)
    outline = np.stack([star, (star + np.roll(star, -1, axis=0)) / 2], axis=1).reshape(-1, 2).round(6)
    count = len(outline)
    points = [f"v {x} {y} {z}" for z in (0, 9) for x, y in outline]
    walls = [(i, (i + 1) % count, (i + 1) % count + count, i + count) for i in range(count)]
    faces = [range(count - 1, -1, -1), range(count, 2 * count), *walls]
    return "\n".join(points + ["f " + " ".join(str(one + 1) for one in face) for face in faces]).encode()


def test_a_second_reader_finds_the_same(tmp_path):
    pytest.importorskip("assimp_py")
    data = {path.name: path.read_bytes() for path in FILES.glob("*.obj")}
    data |= {path.name: path.read_bytes() for path in FILES.glob("*.ply") if "strips" not in path.name}
    data |= {f"{name}.obj": each for name, each in obj_files.LIKE.items() if name not in UNREAD_OBJ | READ_WRONG}
    data |= {f"star {n}.obj": prism(star) for n, star in enumerate(STARS)}
    for order in ply_files.ORDERS:
        data[f"plain {order}.ply"] = ply_files.l_profile(order=order)
        data[f"rich {order}.ply"] = ply_files.written(ply_files.RICH[::-1], order)
    for name, each in data.items():
        (tmp_path / name).write_bytes(each)
    answers = ask([tmp_path / name for name in data])
    assert len(answers) > 30
    for path, answer in answers.items():
        found = read_of(path.read_bytes())
        assert not isinstance(answer, str), (path.name, answer)
        assert said_of(found.vertices[found.faces]).like(answer, 1e-5), path.name
