"""The same shape in whatever guise; other shapes, however near."""

from functools import cache

import numpy as np
import pytest

from bench.meshes import COPIES
from bench.solids import KINDS, neighbours, part
from marketplace.meshes.fingerprint import BYTES, HISTOGRAMS, SAME_MOMENTS, Distance, distance, fingerprint_of
from marketplace.meshes.geometry import Mesh
from marketplace.meshes.shapes import revolved

SEEDS = range(20_000, 20_000 + len(KINDS))
ALIKE = [name for name, (same, _) in COPIES.items() if same]


@cache
def original_print(seed: int) -> bytes:
    return fingerprint_of(part(seed).mesh).data


@pytest.mark.parametrize("name", ALIKE)
def test_copies_are_recognised(name):
    for seed in SEEDS:
        original = part(seed)
        copy = COPIES[name][1](original.mesh, np.random.default_rng(seed))
        apart = distance(original_print(seed), fingerprint_of(copy).data)
        assert apart.is_same, (original.name, apart)
        assert apart.score > 85


@pytest.mark.parametrize("name", [name for name in COPIES if name not in ALIKE])
def test_changed_copies_are_not_taken_for_the_same(name):
    for seed in SEEDS:
        original = part(seed)
        copy = COPIES[name][1](original.mesh, np.random.default_rng(seed))
        if len(copy.faces) == len(original.mesh.faces) and np.array_equal(copy.vertices, original.mesh.vertices):
            continue  # too few faces to take any away
        apart = distance(original_print(seed), fingerprint_of(copy).data)
        if name != "30 % fewer faces":  # flat faces may be taken away without a change
            assert 60 <= apart.score < 85, (original.name, apart)


def test_different_shapes_are_told_apart():
    prints = [original_print(seed) for seed in range(20_000, 20_042)]
    scores = [distance(one, other).score for place, one in enumerate(prints) for other in prints[:place]]
    assert len(scores) == 861
    assert max(scores) < 85
    assert sum(score >= 60 for score in scores) <= 2


def test_the_part_next_to_it_is_another_part():
    for seed in SEEDS:
        original = part(seed)
        own = original_print(seed)
        for change, other in neighbours(original):
            assert distance(own, fingerprint_of(other).data).score < 85, (original.name, change)


def test_laying_the_same_faces_over_each_other_changes_nothing():
    mesh = part(20_000).mesh
    doubled = Mesh(mesh.vertices, np.concatenate([mesh.faces, mesh.faces[:, [1, 2, 0]]]))
    assert distance(fingerprint_of(mesh).data, fingerprint_of(doubled).data).is_same


def test_fine_and_coarse_rules_of_integration_agree():
    """Faces smaller than a two-hundredth of the size are integrated over fewer points."""
    turns = np.linspace(0, 2 * np.pi, 700, endpoint=False)
    fine = revolved(np.stack([20 + 5 * np.cos(turns), 8 * np.sin(turns)], axis=1), segments=900)
    from marketplace.meshes import fingerprint

    with pytest.MonkeyPatch.context() as patch:
        few = fingerprint_of(fine)
        patch.setattr(fingerprint, "_SMALL", 0.0)
        many = fingerprint_of(fine)
    assert distance(few.data, many.data).moments < 1e-6


def test_what_was_made_by_another_version_is_not_compared():
    own = fingerprint_of(part(20_000).mesh)
    assert len(own.data) == BYTES
    assert distance(own.data, b"") is None
    assert distance(own.data, b"m0\0\0" + own.data[4:]) is None
    assert own.compactness > 0


@pytest.mark.parametrize(
    ("apart", "score"),
    [
        (Distance(0, 0), 99.99),
        (Distance(SAME_MOMENTS, 0), 85),
        (Distance(SAME_MOMENTS * 1.01, 0), 83.95),
        (Distance(0, HISTOGRAMS * 1.01), 58.42),
        (Distance(0.01, 0), 60),
        (Distance(0.1, 0), 5.9),
    ],
)
def test_the_scale(apart, score):
    assert apart.score == pytest.approx(score, abs=0.01)
