"""Measure the duplicate detector: recall per edit, false rejections, latency and memory.

    python -m bench.duplicates [--pictures 100000] [--pairs 50000] [--recall 150] [--templates 10]
                               [--variants 8] [--copies 30] [--neighbours 10000] [--uploads 800]
                               [--photographs DIRECTORY] [--seed 10000000] [--smallest]

Ends with status 1 when a target is missed. The pictures are generated from seeds at or above 10,000,000 (seeds
below served for tuning), with the photographs of scikit-image and scikit-learn where these packages are installed.
Those photographs were seen while tuning, so their recall is also printed apart; those of --photographs, a directory
of JPEG and PNG files, were not. They and generated artworks are laid in pages, collages and perspectives (`copies`),
and honest works that look alike are uploaded to a catalogue of such works (`neighbours`).

The index is filled up to --pictures with the blocks of a pool of generated pictures, a fifth to a third of their bits
flipped: closer to each other than unrelated pictures are, which makes the search harder, not easier. Of the codes of
points a fiftieth to a twelfth of the bits are.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image

from bench import pictures
from bench.copies_found import copies_found, neighbours_held
from bench.memory_store import MemoryStore
from bench.runs import ended, parsed
from marketplace.duplicates.detector import HOLD, REJECT, Fingerprint
from marketplace.duplicates.local import LocalDetector
from marketplace.duplicates.points import CODE_BYTES
from marketplace.duplicates.stored_points import indexed
from marketplace.duplicates.views import BLOCK_BYTES

RECALL_TARGET = 90.0
LATENCY_TARGET = 300.0
HOLD_TARGET = 0.1
"""Percent of pairs of different pictures that may be held."""
_POOL_SEED = 50_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    missed: list[str] = []
    photographs = pictures.photographs()
    print(f"Seeds {options.seed}..; photographs: {', '.join(photographs) or 'none installed'}")
    works: dict[str, Image.Image] = dict(photographs)
    count = max(options.recall, ceil((1 + sqrt(1 + 8 * options.pairs)) / 2))
    for number in range(options.seed, options.seed + count - len(works)):
        works[f"{pictures.style_name(number)} {number}"] = pictures.artwork(number)

    prints = [LocalDetector(MemoryStore()).fingerprint(pictures.seen_as(image)) for image in works.values()]
    _false_pairs(prints, list(works), missed)
    _hard_negatives(options, missed)
    chosen = [*list(works)[: len(photographs)], *list(works)[len(photographs) :][: options.recall - len(photographs)]]
    _recall_and_latency({name: works[name] for name in chosen}, len(photographs), options.pictures, missed)
    _copies(options, missed)
    neighbours_held(MemoryStore(), options.neighbours, options.uploads, options.seed, missed)
    return ended(options, missed=missed)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.duplicates", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=int, default=100_000, help="stored pictures during recall and latency")
    parser.add_argument("--pairs", type=int, default=50_000, help="pairs of different pictures at least")
    parser.add_argument("--recall", type=int, default=150, help="pictures that are edited")
    parser.add_argument("--templates", type=int, default=10, help="of each kind of pictures that are nearly alike")
    parser.add_argument(
        "--variants", type=int, default=8, help="pictures that share a template, a frame or a composition"
    )
    parser.add_argument("--seed", type=int, default=pictures.EVALUATION, help="first seed of the artworks")
    parser.add_argument("--copies", type=int, default=30, help="artworks that are laid in pages and collages")
    parser.add_argument("--neighbours", type=int, default=10_000, help="honest works of kinds that look alike")
    parser.add_argument("--uploads", type=int, default=800, help="others of the same kinds that are uploaded")
    parser.add_argument("--photographs", type=Path, help="a directory of photographs nothing was tuned on")
    small = {"pictures": 8, "pairs": 2, "recall": 1, "templates": 1, "variants": 2}
    return parsed(parser, arguments, **small, copies=1, neighbours=8, uploads=8)


def _copies(options: argparse.Namespace, missed: list[str]) -> None:
    files = sorted(options.photographs.iterdir()) if options.photographs else []
    works = {file.stem: Image.open(file).convert("RGB") for file in files if file.suffix in (".jpg", ".png")}
    photographs = len(works)
    for number in range(options.seed + 500_000, options.seed + 500_000 + options.copies):
        works[f"{pictures.style_name(number)} {number}"] = pictures.artwork(number)
    store = MemoryStore()
    detector = LocalDetector(store)
    for number, image in enumerate(works.values()):
        store.add(detector.fingerprint(pictures.seen_as(image)), number)
    _filled(store, options.pictures)
    started = time.process_time()
    rows = detector.warm()
    print(f"\nIndex of {rows} pictures: {time.process_time() - started:.1f} s of processor to load")
    copies_found(detector, works, photographs, missed)


def _scores(prints: Sequence[Fingerprint]) -> list[tuple[float, int, int]]:
    """Compare every picture with every other; return (score, one, other), of both ways the higher."""
    store = MemoryStore()
    for number, fingerprint in enumerate(prints):
        store.add(fingerprint, number)
    detector = LocalDetector(store)
    best: dict[tuple[int, int], float] = {}
    for number, fingerprint in enumerate(prints):
        for match in detector.compare(fingerprint).matches:
            if match.work_id != number:
                pair = (min(number, match.work_id), max(number, match.work_id))
                best[pair] = max(best.get(pair, 0.0), float(match.score))
    return sorted(((score, *pair) for pair, score in best.items()), reverse=True)


def _false_pairs(prints: Sequence[Fingerprint], names: Sequence[str], missed: list[str]) -> None:
    pairs = len(prints) * (len(prints) - 1) // 2
    scores = _scores(prints)
    rejected = sum(score >= REJECT for score, _, _ in scores)
    held = sum(HOLD <= score < REJECT for score, _, _ in scores)
    print(f"\nDifferent pictures: {pairs} pairs, {rejected} rejected, {held} held ({100 * held / pairs:.4f} %)")
    for score, one, other in scores[:5]:
        print(f"  highest {score:6.2f}  {names[one]} / {names[other]}")
    if rejected:
        missed.append(f"{rejected} false rejections in {pairs} pairs")
    if 100 * held / pairs > HOLD_TARGET:
        missed.append(f"{held} of {pairs} pairs held")


def _hard_negatives(options: argparse.Namespace, missed: list[str]) -> None:
    seed, templates, variants = options.seed, options.templates, options.variants
    print(f"\n{'Hard negatives':<42}{'pairs':>7}{'rejected':>10}{'held':>7}{'highest':>9}")
    groups = {
        "one template, other words": lambda t, v: pictures.quote_card(seed + t, seed + 1000 * t + v),
        "one ornate frame, other pictures": lambda t, v: pictures.framed(seed + t, seed + 1000 * t + v),
        "one composition, drawn anew": lambda t, v: pictures.same_scene(seed + t, seed + 1000 * t + v),
        "flat colours, gradients, vignettes": lambda t, v: pictures.plain(seed + 8 * t + v),
        "sunsets": lambda t, v: pictures.artwork(seed + 7 + 10 * (8 * t + v)),
    }
    detector = LocalDetector(MemoryStore())
    for name, make in groups.items():
        images = [make(template, variant) for template in range(templates) for variant in range(variants)]
        scores = _scores([detector.fingerprint(pictures.seen_as(image)) for image in images])
        rejected = sum(score >= REJECT for score, _, _ in scores)
        held = sum(HOLD <= score < REJECT for score, _, _ in scores)
        alike = templates * variants * (variants - 1) // 2
        pairs = alike if "one " in name else len(images) * (len(images) - 1) // 2
        print(f"{name:<42}{pairs:>7}{rejected:>10}{held:>7}{scores[0][0] if scores else 0:>9.2f}")
        if rejected:
            missed.append(f"{rejected} false rejections among: {name}")


def _filled(store: MemoryStore, wanted: int) -> None:
    """Add distractors from a pool of generated pictures until the store has `wanted` rows."""
    pool = _pool(min(1000, wanted))
    random = np.random.default_rng(_POOL_SEED)
    for number in range(len(store), wanted):
        original = pool[number % len(pool)]
        views = np.frombuffer(original.hashes[:BLOCK_BYTES], dtype=np.uint8).reshape(-1, 32)
        share = random.uniform(0.2, 0.33)
        noise = np.packbits(random.random((len(views), 256), dtype=np.float32) < share, axis=1)
        hashes = np.where(views.any(axis=1, keepdims=True), views ^ noise, 0).astype(np.uint8).tobytes()
        digest = random.bytes(32).hex()
        codes = _noisy(original.codes, random)
        filling = replace(original, sha256=digest, hashes=hashes, codes=codes, looks=())
        store.add(filling, 1_000_000 + number)


@cache
def _pool(count: int) -> list[Fingerprint]:
    detector = LocalDetector(MemoryStore())
    images = (pictures.artwork(_POOL_SEED + number, longest=256) for number in range(count))
    return [replace(detector.fingerprint(pictures.seen_as(image)), looks=()) for image in images]


def _noisy(codes: bytes, random: np.random.Generator) -> bytes:
    """The codes of a picture with some bits flipped, in the lists where they were."""
    frames = indexed(codes)
    if not frames:
        return codes
    count = len(frames[0].codes)
    start = 3 + 2 * count
    noise = np.packbits(random.random((count, CODE_BYTES * 8), dtype=np.float32) < random.uniform(0.02, 0.08), axis=1)
    changed = frames[0].codes.view(np.uint8).reshape(-1, CODE_BYTES) ^ noise
    return codes[:start] + changed.tobytes()


def _recall_and_latency(works: dict[str, Image.Image], photographs: int, wanted: int, missed: list[str]) -> None:
    store = MemoryStore()
    maker = LocalDetector(store)
    for number, image in enumerate(works.values()):
        store.add(maker.fingerprint(pictures.seen_as(image)), number)
    _filled(store, wanted)
    before = _resident()
    detector = LocalDetector(store)
    started = time.perf_counter()
    rows = detector.warm()
    print(
        f"\nIndex of {rows} pictures: loaded in {time.perf_counter() - started:.1f} s, "
        f"{_resident() - before:.0f} MB more resident"
    )
    scores: dict[str, list[float]] = defaultdict(list)
    wrong = {"rejected": 0, "held": 0}
    times: list[float] = []
    searched: list[float] = []
    queries: list[bytes] = []
    for number, image in enumerate(works.values()):
        for edit, data in pictures.edited(image):
            started = time.perf_counter()
            fingerprint = detector.fingerprint(pictures.seen(data))
            described = time.perf_counter()
            comparison = detector.compare(fingerprint)
            times.append(1000 * (time.perf_counter() - started))
            searched.append(1000 * (time.perf_counter() - described))
            scores[edit].append(max((float(m.score) for m in comparison.matches if m.work_id == number), default=0.0))
            for match in comparison.matches:
                if match.work_id != number and match.score >= HOLD:
                    wrong["rejected" if match.score >= REJECT else "held"] += 1
            if len(queries) < 200 and (number + len(edit)) % 7 == 0:
                queries.append(data)
    _print_recall(scores, photographs, missed)
    print(
        f"Wrong works among the answers to {len(times)} edited pictures: "
        f"{wrong['rejected']} rejected, {wrong['held']} held"
    )
    if wrong["rejected"]:
        missed.append(f"{wrong['rejected']} edited pictures rejected for a wrong work")
    _print_latency("one after another", times)
    _print_latency("one after another", searched, of="Compare (the search)")
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda data: _timed(detector, data), queries))
    _print_latency("two at a time", both)
    large = pictures.encoded(next(iter(works.values())).resize((4000, 3000)))
    _print_latency("12-megapixel JPEG", [_timed(detector, large) for _ in range(min(9, len(queries)))])
    if np.percentile(searched, 95) >= LATENCY_TARGET:
        missed.append(f"a search's p95 of {np.percentile(searched, 95):.0f} ms at {rows} pictures")


def _print_recall(scores: dict[str, list[float]], photographs: int, missed: list[str]) -> None:
    def shares(values: Sequence[float]) -> tuple[float, float]:
        found = np.array(values) if len(values) else np.zeros(1)
        return 100 * float((found >= HOLD).mean()), 100 * float((found >= REJECT).mean())

    print(f"\n{'Edit':<26}{'caught %':>10}{'rejected %':>12}{'photographs':>14}{'artworks':>10}")
    totals: list[tuple[float, float]] = []
    for edit, values in scores.items():
        if edit == next(iter(pictures.EXTRA_EDITS)):
            caught, rejected = np.mean(totals, axis=0)
            print(f"{'mean of the table':<26}{caught:>10.1f}{rejected:>12.1f}\n(apart)")
            if caught < RECALL_TARGET:
                missed.append(f"mean recall {caught:.1f} %")
        caught, rejected = shares(values)
        totals.append((caught, rejected))
        of_photographs = f"{shares(values[:photographs])[0]:.1f}" if photographs else "-"
        print(f"{edit:<26}{caught:>10.1f}{rejected:>12.1f}{of_photographs:>14}{shares(values[photographs:])[0]:>10.1f}")


def _print_latency(name: str, times: Sequence[float], of: str = "Fingerprint + compare") -> None:
    middle, late, latest = np.percentile(times, [50, 95, 99])
    print(f"{of}, {name}: p50 {middle:.0f} ms, p95 {late:.0f} ms, p99 {latest:.0f} ms ({len(times)})")


def _timed(detector: LocalDetector, data: bytes) -> float:
    started = time.perf_counter()
    detector.compare(detector.fingerprint(pictures.seen(data)))
    return 1000 * (time.perf_counter() - started)


def _resident() -> float:
    """Megabytes resident now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    sys.exit(main())
