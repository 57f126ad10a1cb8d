"""Files as real programs write them, from the upload over HTTP to the figures of the analysis, beside the truth."""

from importlib import import_module

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.tests.factories import ArtistFactory
from marketplace.choices import MeshState, Verdict
from marketplace.models import MeshFile, Model3D
from marketplace.services.models_3d.analyses import mesh_analyse
from marketplace.tests.api.v1.test_uploads import upload
from marketplace.tests.meshes.solids import FILES

pytestmark = pytest.mark.django_db

L_PROFILE = (20, 1, (40, 30, 20), 7_680, 3_568)
BLOCKS = (136, 3, (65, 85, 20), 10_672.906777, 5_437.8148887)
TWO_PARTS = (1_044, 2, None, 14_761.1, None)
CASES = {
    "assimp6296_tristrips.ply": (12, 1, (40, 30, 20), 24_000, 5_200),
    "bambu_one_object_two_parts.3mf": TWO_PARTS,
    "blender_mixed_tri_quad_bin.ply": (14, 1, (40, 30, 40), 32_000, 5_848.5281374),
    "khr_quant_normalized_u16.gltf": L_PROFILE,
    "khronos99_sparse_z50.gltf": (20, 1, (40, 30, 50), 19_200, None),
    "name_vertex_clamp.stl": (20, 1, (44, 33, 17), 6_120, 3_338),
    "obj_concave_quad.obj": (12, 1, (30, 20, 15), 3_000, 1_772.95),
    "plain_two_components.3mf": TWO_PARTS,
    "prusa_modifier_volume.3mf": L_PROFILE,
    "stl_count_zero.stl": L_PROFILE,
    "tinyobj295_concave_ngon.obj": L_PROFILE,
    "tmf_other_model_path.3mf": L_PROFILE,
    "trimesh1911_trailing.ply": L_PROFILE,
    "trimesh2364_neg_running.obj": BLOCKS,
    "trimesh2364_plain.obj": BLOCKS,
}
"""Triangles, parts, sides of the box, volume, surface: mm, of closed forms."""
REFUSED_AT_ONCE = {
    "cut.stl": ((FILES / "stl_count_zero.stl").read_bytes()[:-9], "it was cut off. Export it again."),
    "wide.stl": (
        (FILES / "name_vertex_clamp.stl").read_bytes().decode().encode("utf-16"),
        "written in UTF-16. Save it",
    ),
    "part.step": (b"ISO-10303-21;\nHEADER;\n", "This is a STEP file, which cannot be read here. Send the model as STL"),
}
FOUND_BROKEN = {
    "lattice.gltf": (
        (FILES / "khr_quant_normalized_u16.gltf").read_bytes().replace(b"KHR_mesh_quantization", b"EXT_lattice"),
        "The file asks for EXT_lattice, which cannot be read here. Export it without.",
    ),
    # PostgreSQL stores no zero, and no text holds half a character.
    "zero.gltf": (
        b'{"asset": {"version": "2.0"}, "extensionsRequired": ["A\\u0000B\\ud800C"]}',
        "The file asks for A?B?C, which cannot be read here.",
    ),
    "cloud.obj": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "Reconstruct a surface from them, for example with MeshLab"),
}


@pytest.fixture
def here(monkeypatch, settings):
    """What a child process does is done in this one, since starting it takes long, and so does what is of no weight
    here: pictures and the description for the search are those of the first file."""
    settings.MESH_CHECK_WAIT = 0
    for place in ("likeness.describing.describe", "rendering.thumbnail_of"):
        module, _, name = f"marketplace.meshes.{place}".rpartition(".")
        monkeypatch.setattr(f"{module}.{name}", once(getattr(import_module(module), name)))
    monkeypatch.setattr(
        "marketplace.meshes.sandbox.run",
        lambda module, arguments, *_limits, **_watch: import_module(module).main(arguments),
    )


def once(work):
    done = []

    def same(*arguments, **named):
        if not done:
            done.append(work(*arguments, **named))
        return done[0]

    return same


def sent(maker, name, data) -> MeshFile:
    answer = upload(maker, SimpleUploadedFile(name, data), name=name)
    assert answer.status_code == 201, answer.json()
    mesh_analyse(Model3D.objects.get(uuid=answer.json()["id"]).mesh_id)
    return Model3D.objects.select_related("mesh").get(uuid=answer.json()["id"]).mesh


def test_what_they_hold_is_measured(here):
    assert set(CASES) == {path.name for path in FILES.iterdir()}
    maker = ArtistFactory()
    for name, (triangles, parts, sides, volume, surface) in CASES.items():
        mesh = sent(maker, name, (FILES / name).read_bytes())
        assert (mesh.state, mesh.error, mesh.verdict) == (MeshState.DONE, "", Verdict.PASSED), name
        assert (mesh.triangle_count, mesh.part_count, mesh.is_watertight) == (triangles, parts, True), name
        if sides is not None:
            low, high = mesh.bounds
            assert [b - a for a, b in zip(low, high, strict=True)] == pytest.approx(sides, rel=1e-4), name
        assert mesh.volume_mm3 == pytest.approx(volume, rel=2e-5), name
        if surface is not None:
            assert mesh.surface_mm2 == pytest.approx(surface, rel=2e-5), name


def test_what_cannot_be_read_is_refused_with_what_to_do(here):
    maker = ArtistFactory()
    for name, (data, says) in REFUSED_AT_ONCE.items():
        answer = upload(maker, SimpleUploadedFile(name, data))
        assert answer.status_code == 422, name
        assert says in answer.json()["errors"][0]["message"], name
    assert not MeshFile.objects.exists()
    for name, (data, says) in FOUND_BROKEN.items():
        mesh = sent(maker, name, data)
        assert mesh.state == MeshState.FAILED, name
        assert says in mesh.error, name
