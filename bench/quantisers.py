"""Make `marketplace/meshes/likeness/quantisers.npz` anew, from shapes made by formula.

    python -c "from bench.quantisers import main; main()"

It is no benchmark, so the gate does not run it. Codes that are stored hold for the quantisers they were made with, so a
new file means describing every stored shape again, under a new version in `likeness.quantising`.
"""

from __future__ import annotations

import argparse
from multiprocessing import Pool

import faiss
import numpy as np

from bench.works import own, standard
from marketplace.meshes.geometry import Floats, shells_of
from marketplace.meshes.likeness.packing import NUMBERS
from marketplace.meshes.likeness.patches import bent_radii, ladder_of, patches_at, places_of
from marketplace.meshes.likeness.quantising import CODE_BYTES, FILE
from marketplace.meshes.likeness.surface import bentness, surface_of

LISTS = 1024
FIRST_SEED = 500_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="quantisers")
    parser.add_argument("--shapes", type=int, default=200)
    options = parser.parse_args()
    with Pool(2) as pool:
        found = np.concatenate(pool.map(_descriptors, range(FIRST_SEED, FIRST_SEED + options.shapes), chunksize=4))
    mean = found.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((found - mean).T))
    components = vectors[:, np.argsort(-values)[:NUMBERS]]
    # Turned by chance, so that each byte of a code has as much to tell as the others.
    components = components @ np.linalg.qr(np.random.default_rng(5).normal(size=(NUMBERS, NUMBERS)))[0]
    components = components.astype(np.float16)
    numbers = np.ascontiguousarray((found - mean.astype(np.float16)) @ components.astype(np.float32), dtype=np.float32)
    coarse = faiss.Kmeans(NUMBERS, LISTS, niter=15, seed=11, min_points_per_centroid=1)
    coarse.train(numbers)
    assert coarse.centroids is not None
    codes = faiss.ProductQuantizer(NUMBERS, CODE_BYTES, 8)
    codes.train(numbers)
    codebook = faiss.vector_to_array(codes.centroids).reshape(CODE_BYTES, 256, NUMBERS // CODE_BYTES)
    np.savez(
        FILE,
        mean=mean.astype(np.float16),
        components=components,
        centroids=coarse.centroids.astype(np.float16),
        codebook=codebook.astype(np.float16),
    )
    kept = float(np.sort(values)[-NUMBERS:].sum() / values.sum())
    print(f"{len(found)} descriptors; 32 numbers keep {kept:.1%}; largest {np.abs(numbers).max():.2f}")
    print(f"{FILE.stat().st_size / 1000:.0f} kB in {FILE}")


def _descriptors(seed: int) -> Floats:
    """(n, 112), of the largest shell: of two works for each standard part."""
    work = standard(seed) if seed % 3 == 0 else own(seed)
    shells = shells_of(work.mesh)
    largest = np.bincount(shells, work.mesh.areas).argmax()
    surface = surface_of(work.mesh, np.flatnonzero(shells == largest))
    assert surface is not None
    ladder = ladder_of(surface.size)
    bent = bentness(surface, bent_radii(ladder))
    found = []
    for number, radius in enumerate(1.3**rung for rung in ladder):
        found.append(patches_at(surface, places_of(surface, bent[:, number], radius, 48), radius)[0])
    return np.concatenate(found).astype(np.float32)
