"""The figures of meshes whose truth is known: exact to a few parts in a million, in every format."""

import io
import zipfile

import numpy as np
import pytest
import trimesh
from PIL import Image

from marketplace.meshes.fingerprint import distance
from marketplace.tests.meshes.known import FORMATS, analysed, as_stl, file_in, known_meshes


def check(figures, known):
    assert figures.triangle_count == len(known.mesh.faces)
    assert figures.part_count == known.parts
    assert figures.is_watertight is known.watertight
    assert figures.is_convex is known.convex
    assert figures.surface_mm2 == pytest.approx(known.surface, rel=5e-6)
    assert figures.volume_mm3 == (None if known.volume is None else pytest.approx(known.volume, rel=5e-6))
    low, high = figures.bounds
    assert [b - a for a, b in zip(low, high, strict=True)] == pytest.approx(known.size, rel=1e-5)
    if known.wall is not None:
        assert figures.wall_mm == pytest.approx(known.wall, rel=1e-4)
    assert {note.code for note in figures.notes} - {"overhangs"} == set(known.notes)


@pytest.mark.parametrize("name", list(known_meshes()))
def test_figures(name):
    check(as_stl(name).figures, known_meshes()[name])


@pytest.mark.parametrize("kind", FORMATS[1:])
@pytest.mark.parametrize("name", ["plate with four holes", "two parts", "open cube"])
def test_every_format_gives_the_same_figures_and_fingerprint(name, kind, tmp_path):
    known = known_meshes()[name]
    analysis = analysed(file_in(known.mesh, kind), tmp_path)
    check(analysis.figures, known)
    apart = distance(as_stl(name).fingerprint.data, analysis.fingerprint.data)
    assert apart.is_same, apart
    assert apart.moments < 2e-6


def test_vertices_in_one_place_count_once():
    figures = as_stl("cube").figures
    assert (figures.triangle_count, figures.vertex_count) == (12, 8)


def test_3mf_says_its_unit(tmp_path):
    cube = trimesh.creation.box((1, 1, 1))
    cube.units = "inches"
    data = cube.export(file_type="3mf")
    source, changed = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(changed, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.endswith(".model"):
                assert b'unit="' in content
                content = content.replace(b'unit="millimeter"', b'unit="inch"')
            target.writestr(entry, content)
    assert analysed(changed.getvalue(), tmp_path).figures.volume_mm3 == pytest.approx(25.4**3, rel=1e-5)


def test_a_scene_puts_its_parts_where_its_nodes_say(tmp_path):
    scene = trimesh.Scene()
    cube = trimesh.creation.box((0.01, 0.01, 0.01))
    scene.add_geometry(cube)
    scene.add_geometry(cube, transform=trimesh.transformations.translation_matrix((0.05, 0, 0)))
    mirror = trimesh.transformations.scale_matrix(-1, direction=(1, 0, 0))
    scene.add_geometry(cube, transform=trimesh.transformations.translation_matrix((0, 0.05, 0)) @ mirror)
    figures = analysed(scene.export(file_type="glb"), tmp_path).figures
    assert (figures.part_count, figures.triangle_count) == (3, 36)
    assert figures.volume_mm3 == pytest.approx(3000, rel=1e-5)
    assert "inside_out" not in {note.code for note in figures.notes}, "a mirrored node turns its faces round"


def test_what_a_glb_brings_beside_its_shape(tmp_path):
    ball = trimesh.creation.icosphere(2, 0.01)
    picture = Image.new("RGB", (64, 128), "teal")
    ball.visual = trimesh.visual.TextureVisuals(uv=ball.vertices[:, :2], image=picture)
    looks = analysed(ball.export(file_type="glb"), tmp_path).looks
    assert (looks.has_materials, looks.has_textures, looks.texture_pixels) == (True, True, 128)
    assert (looks.has_rigging, looks.has_animations) == (False, False)


class TestRenditions:
    def test_the_thumbnail_shows_the_model_on_a_pale_ground(self):
        thumbnail = Image.open(io.BytesIO(as_stl("gear").thumbnail))
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (512, 512))
        grey = thumbnail.convert("L")
        assert grey.getpixel((3, 3)) > 235
        darker = sum(grey.histogram()[:200]) / 512**2
        assert 0.15 < darker < 0.7

    def test_the_preview_is_near_the_model_and_not_its_file(self):
        known = known_meshes()["plate with four holes"]
        preview = trimesh.load_scene(io.BytesIO(as_stl("plate with four holes").preview), file_type="glb").to_geometry()
        assert (preview.bounds[1] - preview.bounds[0]).tolist() == pytest.approx(known.size, abs=0.15)
        assert preview.is_watertight
        apart = preview.vertices[:, None] - known.mesh.vertices[None]
        moved = np.linalg.norm(apart, axis=2).min(axis=1).max()
        assert 0.005 < moved < 0.08, "its corners lie on a coarser grid"

    def test_a_fine_mesh_loses_faces(self, tmp_path):
        ball = trimesh.creation.icosphere(6, 20)
        analysis = analysed(file_in(ball, "stl"), tmp_path)
        preview = trimesh.load_scene(io.BytesIO(analysis.preview), file_type="glb").to_geometry()
        assert len(ball.faces) == 81_920
        assert len(preview.faces) <= 20_000
        assert preview.volume == pytest.approx(ball.volume, rel=0.01)
