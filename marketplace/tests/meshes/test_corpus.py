"""What is read of the files of other programs, beside what a second reader reads of them: assimp, or lib3mf for 3MF.

Where the second reader is known to be wrong, another file of the same shape or a closed form is the judge, and the
reason stands there. corpus/README.md says which program wrote what.
"""

from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from marketplace.meshes.formats import BrokenMesh, format_of
from marketplace.meshes.loading import READERS
from marketplace.tests.meshes.judges import Said, ask, said_of

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(str(path.relative_to(CORPUS)) for path in CORPUS.glob("*/*.*"))

REFUSED = {
    "assimp/profile_separate.gltf": "refers to other files",
    "blender/scene_separate.gltf": "refers to other files",
    "gltf-transform/gear_meshopt.glb": "packed with EXT_meshopt_compression",
    "gltfpack/gear-c.glb": "packed with EXT_meshopt_compression",
    "gltfpack/gear-cf.glb": "refers to other files",
    "opencascade/stand_separate.gltf": "refers to other files",
    "three/lines_alone.glb": "points and lines alone",
    "vtk/cylinder_strips.ply": "point cloud",  # the writer leaves the strips out, and no face is there
}

METRES = 1000.0
TWINS = {
    # assimp turns the faces of mirrored nodes inside out.
    "blender/scene.glb": ("blender/scene_binary.stl", METRES),
    "blender/scene_without_y_up.glb": ("blender/scene_binary.stl", METRES),
    "gltf-transform/box_and_cone_interleaved.glb": ("three/box_and_cone.gltf", 1.0),
    "gltf-transform/box_and_cone_separate.glb": ("three/box_and_cone.gltf", 1.0),
    # It does not read Draco.
    "blender/scene_draco.glb": ("blender/scene.glb", 1.0),
    "blender/armature_posed_draco.glb": ("blender/armature_posed_binary.stl", METRES),
    "gltf-transform/gear_draco.glb": ("assimp/gear.glb", 1.0),
    # It leaves out what a skin or a shape key does.
    "blender/armature_posed.glb": ("blender/armature_posed_binary.stl", METRES),
    "blender/shape_keys.glb": ("blender/shape_keys_binary.stl", METRES),
    "blender/shape_keys_sparse.glb": ("blender/shape_keys_binary.stl", METRES),
    "three/skin_bent.glb": ("three/skin_bent_twin.glb", 1.0),
    # It reads arrays of whole numbers as if they were fractions.
    "gltf-transform/gear_quantised.glb": ("assimp/gear.glb", 1.0),
    "gltf-transform/gear_quantised_8.glb": ("assimp/gear.glb", 1.0),
    "gltf-transform/vase_quantised.glb": ("assimp/vase.glb", 1.0),
    "gltf-transform/vase_quantised_8.glb": ("assimp/vase.glb", 1.0),
    "gltfpack/gear.glb": ("assimp/gear.glb", 1.0),
    "gltfpack/two.glb": ("assimp/two.glb", 1.0),
    "gltfpack/vase.glb": ("assimp/vase.glb", 1.0),
    "gltfpack/instances_mi.glb": ("three/instances.glb", 1.0),
    # It does not read files that hold lines beside the surface.
    "vtk/placed.gltf": ("vtk/placed.obj", METRES),
    # lib3mf asks for parts of the package that PrusaSlicer does not write.
    "prusaslicer/plate.3mf": ("prusaslicer/plate.stl", 1.0),
    "prusaslicer/profile.3mf": ("admesh/profile.stl", 1.0),
}
"""The shape in another file, and how many times larger than there it is. Axes may stand otherwise."""


def _slack(name: str) -> float:
    if name.endswith("_quantised_8.glb"):
        return 0.02
    return 5e-4 if name.startswith(("gltfpack/", "gltf-transform/")) or "draco" in name else 1e-5


CLOSED_FORMS = {
    # It knows no instances.
    "gltf-transform/tetrahedra_instances.glb": (
        48,
        12,
        3e9,
    ),  # twelve corners of a cube, every second one twice as high
    "three/instances.glb": (60, 5, 24e9 * (1 + 1.2 + 1.4 + 1.6 + 1.8)),
    # It knows no weights of morph targets.
    "three/morph.glb": (48, 1, 10 * 15 * 10e9),
    "gltf-transform/morph_sparse.glb": (48, 1, 10 * 12.5 * 10e9),
    # Mirrored, as above; the other exporters of three.js write a mirrored box inside out, as in knot_and_box.stl.
    "three/box_and_cone.gltf": (60, 2, (480 + 9 * (3**2 + 3 * 5 + 5**2)) * 1e9),
    "three/knot_and_box.glb": (652, 2, (3391.633 + 2 * 480) * 1e9),
    # Lines beside the surface.
    "three/box_and_lines.glb": (12, 1, 20 * 6 * 4e9),
    "vtk/placed.obj": (384, 2, None),
    # It wants vertices before faces, which meshio writes the other way round.
    "meshio/box.ply": (12, 1, 480),
    "meshio/box_text.ply": (12, 1, 480),
}
"""Triangles, parts, volume in mm3."""


@cache
def read(name: str) -> Said:
    path = CORPUS / name
    with path.open("rb") as file:
        mesh_format = format_of(file, path.stat().st_size)
        file.seek(0)
        found = import_module(f"marketplace.meshes.reading.{READERS[mesh_format]}").read(file)
    return said_of(found.vertices[found.faces])


@pytest.fixture(scope="module")
def judged() -> dict[Path, Said | str]:
    return ask([CORPUS / name for name in FILES if name not in REFUSED])


def test_there_are_files_of_every_format():
    assert len(FILES) > 120
    assert {name.rpartition(".")[2] for name in FILES} == {"stl", "obj", "ply", "glb", "gltf", "3mf"}
    assert set(REFUSED) | set(TWINS) | set(CLOSED_FORMS) <= set(FILES)


@pytest.mark.parametrize("name", [name for name in FILES if name not in {*REFUSED, *TWINS, *CLOSED_FORMS}])
def test_a_second_reader_reads_the_same(name, judged):
    own, other = read(name), judged[CORPUS / name]
    assert not isinstance(other, str), other
    assert own.like(other, 1e-5), (own, other)


@pytest.mark.parametrize("name", TWINS)
def test_a_shape_is_the_same_in_another_file(name):
    twin, times = TWINS[name]
    own, other, slack = read(name), read(twin), _slack(name)
    assert (own.triangles, own.parts) == (other.triangles, other.parts)
    sides = sorted(np.subtract(other.high, other.low) * times)
    assert sorted(np.subtract(own.high, own.low)) == pytest.approx(sides, rel=slack)
    assert own.area == pytest.approx(other.area * times**2, rel=slack)
    assert own.volume == pytest.approx(other.volume * times**3, rel=slack)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_a_shape_is_what_it_was_made_to_be(name):
    triangles, parts, volume = CLOSED_FORMS[name]
    own = read(name)
    assert (own.triangles, own.parts) == (triangles, parts)
    if volume is not None:
        assert own.volume == pytest.approx(volume, rel=1e-5)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_words(name):
    with pytest.raises(BrokenMesh, match=REFUSED[name]):
        read(name)
