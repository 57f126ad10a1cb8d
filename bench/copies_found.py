"""Two measurements of `bench.duplicates`: copies inside pictures that are found, honest neighbours that are held."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from PIL import Image

from bench import pictures
from bench.copies import COPIES, PAGES, PLAIN, TILTS
from bench.memory_store import MemoryStore
from bench.neighbours import KINDS, honest
from marketplace.duplicates.detector import HOLD, REJECT
from marketplace.duplicates.local import LocalDetector

PHOTOGRAPHS_TARGET, PAGES_TARGET, DRAWN_TARGET = 92.0, 90.0, 80.0
"""Percent rejected or held."""
HELD_TARGET = 1.0
"""Percent of honest uploads that may be held."""
_OTHERS_SEED = 70_000_000
_UPLOADS = 4_000_000
"""From the first seed of a catalogue to that of the uploads."""

Shares = tuple[float, float, float]
"""Percent rejected, held, passed."""


def copies_found(detector: LocalDetector, works: dict[str, Image.Image], photographs: int, missed: list[str]) -> None:
    """Edit every work in all ways and ask the detector, whose rows 1.. are the works in this order."""
    others = [pictures.artwork(_OTHERS_SEED + number) for number in range(10)]
    scores: dict[str, list[float]] = defaultdict(list)
    wrong, busy = Counter[str](), []
    for number, image in enumerate(works.values()):
        for kind, (edit, make) in enumerate(COPIES.items()):
            made = make(image, others[(number + kind) % len(others)], np.random.default_rng([number, kind]))
            seen = pictures.seen(pictures.encoded(made, quality=85))
            started = time.thread_time()
            matches = detector.compare(detector.fingerprint(seen)).matches
            busy.append(1000 * (time.thread_time() - started))
            scores[edit].append(max((float(one.score) for one in matches if one.work_id == number), default=0.0))
            for one in matches:
                if one.work_id != number and one.score >= HOLD:
                    wrong["rejected" if one.score >= REJECT else "held"] += 1
    print(f"\n{'Copies inside pictures (rejected/held/passed %)':<50}{'photographs':>16}{'drawn':>16}")
    for edit, values in scores.items():
        parts = (_shares(values[:photographs]), _shares(values[photographs:]))
        print(f"{edit:<50}" + "".join(f"{_written(part):>16}" for part in parts))
    for name, edits in (("all", list(scores)), ("pages, collages, perspectives", PAGES + TILTS), ("plain", PLAIN)):
        parts = (
            _shares([value for edit in edits for value in scores[edit][:photographs]]),
            _shares([value for edit in edits for value in scores[edit][photographs:]]),
        )
        print(f"{name:<50}" + "".join(f"{_written(part):>16}" for part in parts))
        targets = {"all": (PHOTOGRAPHS_TARGET, DRAWN_TARGET)}.get(name, (PAGES_TARGET if name != "plain" else 0.0, 0.0))
        for whose, part, target in zip(("photographs", "drawn"), parts, targets, strict=True):
            if part is not None and 100 - part[2] < target:
                missed.append(f"copies of {whose}, {name}: {100 - part[2]:.1f} % rejected or held")
    print(f"Wrong works among the answers: {wrong['rejected']} rejected, {wrong['held']} held")
    middle, late = np.percentile(busy, [50, 95])
    print(f"Fingerprint + compare, processor time: p50 {middle:.0f} ms, p95 {late:.0f} ms ({len(busy)})")
    if wrong["rejected"]:
        missed.append(f"{wrong['rejected']} copies rejected for a wrong work")


def neighbours_held(store: MemoryStore, catalogue: int, uploads: int, first: int, missed: list[str]) -> None:
    """Fill a catalogue with honest works, upload others of the same kinds, and count those that are not passed."""
    detector = LocalDetector(store)
    for seed in range(first, first + catalogue):
        store.add(detector.fingerprint(pictures.seen_as(honest(seed)[1])), seed)
    sent, held, rejected = Counter[str](), Counter[str](), Counter[str]()
    for seed in range(first + _UPLOADS, first + _UPLOADS + uploads):
        kind, image = honest(seed)
        sent[kind] += 1
        matches = detector.compare(detector.fingerprint(pictures.seen_as(image))).matches
        best = float(matches[0].score) if matches else 0.0
        held[kind] += HOLD <= best < REJECT
        rejected[kind] += best >= REJECT
    print(f"\n{f'Honest uploads, {catalogue} works of these kinds':<50}{'uploads':>10}{'rejected':>10}{'held':>8}")
    for kind in KINDS:
        print(f"{kind:<50}{sent[kind]:>10}{rejected[kind]:>10}{held[kind]:>8}")
    share = 100 * sum(held.values()) / max(1, uploads)
    print(f"{'all':<50}{uploads:>10}{sum(rejected.values()):>10}{sum(held.values()):>8} ({share:.2f} %)")
    if sum(rejected.values()):
        missed.append(f"{sum(rejected.values())} honest uploads rejected")
    if share > HELD_TARGET:
        missed.append(f"{share:.2f} % of honest uploads held")


def _shares(values: Sequence[float]) -> Shares | None:
    if not values:
        return None
    found = np.array(values)
    rejected, passed = 100 * float((found >= REJECT).mean()), 100 * float((found < HOLD).mean())
    return rejected, 100 - rejected - passed, passed


def _written(shares: Shares | None) -> str:
    return "-" if shares is None else "/".join(f"{value:.0f}" for value in shares)
