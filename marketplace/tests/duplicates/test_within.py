"""Works found inside other pictures: by their points, by the parts of a collage; and what of it is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bench import neighbours
from bench import pictures as made
from bench.copies import COPIES
from marketplace.duplicates import stored_points
from marketplace.duplicates.code_index import CodeIndex
from marketplace.duplicates.detector import HOLD, REJECT, Fingerprint, StoredFingerprint
from marketplace.duplicates.local import LocalDetector
from marketplace.duplicates.panels import panels
from marketplace.duplicates.points import points_of
from marketplace.duplicates.views import Planes
from marketplace.duplicates.whose import Whose

from .memory import MemoryStore

FIRST = 3_000_005
"""A picture of many tones; other seeds than the benchmark's."""


@cache
def described(seed: int) -> Fingerprint:
    return LocalDetector(MemoryStore()).fingerprint(made.seen_as(made.artwork(seed)))


def gallery() -> LocalDetector:
    store = MemoryStore()
    for number in range(6):
        store.add(described(FIRST + number), work=number, owner=1000 + number)
    return LocalDetector(store)


def query(image: Image.Image) -> Fingerprint:
    return LocalDetector(MemoryStore()).fingerprint(made.seen_as(image, quality=85))


@cache
def copied(edit: str) -> Fingerprint:
    return query(COPIES[edit](made.artwork(FIRST), made.artwork(FIRST + 100), np.random.default_rng(1)))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("page, small", "It shows that work within a larger picture: "),
        ("one of four", "It shows that work within a larger picture: "),
        ("laid on another", "It shows that work within a larger picture (turned 35"),
    ],
)
def test_a_work_is_found_and_the_evidence_says_where(edit: str, said: str) -> None:
    match = gallery().compare(copied(edit)).matches[0]
    assert match.work_id == 0 and match.score >= HOLD
    assert match.evidence.explanation.startswith(said)
    assert match.evidence.inliers >= 5
    if edit == "page, small":
        size = made.artwork(FIRST).size
        scale = min(540 / size[0], 480 / size[1])
        there = (60 / 1280, 110 / 800, size[0] * scale / 1280, size[1] * scale / 800)
        assert match.evidence.region == pytest.approx(there, abs=0.03)
        assert match.evidence.matched_region == pytest.approx((0, 0, 1, 1), abs=0.06)


def test_what_is_seen_small_is_held_and_what_is_seen_large_is_refused() -> None:
    detector = gallery()
    assert HOLD <= detector.compare(copied("page, small")).matches[0].score < REJECT
    assert detector.compare(copied("page, large")).matches[0].score >= REJECT


def test_an_own_match_does_not_end_the_search() -> None:
    store = MemoryStore()
    store.add(described(FIRST), work=1, owner=1)
    page = copied("laid on another")
    store.add(page, work=2, owner=2)
    detector = LocalDetector(store)
    again = replace(page, sha256="ab" * 32)
    assert {match.work_id for match in detector.compare(again, owner_id=2).matches if match.score >= HOLD} == {1, 2}
    assert {match.work_id for match in detector.compare(again, owner_id=3).matches if match.score >= HOLD} == {2}


def test_what_was_deleted_or_is_ones_own_takes_no_place_of_others() -> None:
    """Somebody sends many variants of a copy, deletes them or not, and then one more."""
    page = copied("laid on another")
    store = MemoryStore()
    store.add(described(FIRST), work=1, owner=1)
    variants = [store.add(replace(page, sha256=f"{number:064x}"), work=number, owner=2) for number in range(2, 42)]
    detector = LocalDetector(store)
    again = replace(page, sha256="ab" * 32)
    found = detector.compare(again, owner_id=2).matches
    assert [match.work_id for match in found if match.owner_id != 2 and match.score >= HOLD] == [1]
    assert any(match.owner_id == 2 for match in found), "one's own are told beside it"
    for row in variants:
        store.delete(row)
    found = detector.compare(again, owner_id=3).matches
    assert [match.work_id for match in found if match.score >= HOLD] == [1]


def test_a_row_without_points_is_found_by_its_hashes_alone() -> None:
    store = MemoryStore()
    store.add(replace(described(FIRST), codes=b"", points=b"", tones=0), work=1)
    detector = LocalDetector(store)
    assert all(match.score < HOLD for match in detector.compare(copied("laid on another")).matches)
    assert detector.compare(query(made.EDITS["jpeg q30"](made.artwork(FIRST)))).matches[0].score >= REJECT


@pytest.mark.parametrize("kind", ["QR codes", "text pages", "logos"])
def test_few_tones_are_never_refused_but_for_the_same_file(kind: str) -> None:
    image = neighbours.KINDS[kind](5)
    store = MemoryStore()
    store.add(query(image), work=1)
    detector = LocalDetector(store)
    assert detector.compare(query(image)).matches[0].score == 100
    smaller = image.resize((image.width - 40, image.height - 40 * image.height // image.width))
    assert HOLD <= detector.compare(query(smaller)).matches[0].score < REJECT
    others = [match.score for seed in (6, 7) for match in detector.compare(query(neighbours.KINDS[kind](seed))).matches]
    assert max(others, default=0) < HOLD


@pytest.mark.parametrize(("one", "other"), [(700_006, 500_158), (700_238, 501_294)])
def test_two_sunsets_of_one_composition_pass(one: int, other: int) -> None:
    """Both have little but a disc and a horizon, which lie alike."""
    store = MemoryStore()
    store.add(query(neighbours.sunset(other)), work=1)
    assert all(match.score < HOLD for match in LocalDetector(store).compare(query(neighbours.sunset(one))).matches)


def discs(seed: int) -> Image.Image:
    """Two discs of one colour each on a plain ground."""
    random = np.random.default_rng(seed)
    colours = [tuple(int(value) for value in random.integers(0, 256, 3)) for _ in range(3)]
    image = Image.new("RGB", (500, 700), colours[0])
    for colour in colours[1:]:
        x, y, across, down = (random.uniform(*span) for span in ((100, 400), (150, 550), (60, 200), (60, 200)))
        ImageDraw.Draw(image).ellipse((x - across, y - down, x + across, y + down), fill=colour)
    return image


def test_discs_on_a_plain_ground_pass_and_their_copies_are_held() -> None:
    store = MemoryStore()
    for seed in (2, 3, 6, 16):
        store.add(query(discs(seed)), work=seed)
    detector = LocalDetector(store)
    for seed in (32, 33, 36, 58):
        assert all(match.score < HOLD for match in detector.compare(query(discs(seed))).matches)
    for edit in ("jpeg q30", "crop 10 %", "crop 20 %"):
        found = detector.compare(query(made.EDITS[edit](discs(3)))).matches
        assert [match.work_id for match in found if match.score >= HOLD] == [3]


def test_points_are_stored_in_their_place_and_foreign_bytes_are_none() -> None:
    luma = Planes.of(np.asarray(made.artwork(FIRST, longest=400))).luma
    kept, _ = points_of(luma)
    codes, points = stored_points.pack([kept])
    assert len(codes) <= 868 and len(points) <= 1_635
    (read,) = stored_points.unpack(codes, points)
    assert np.array_equal(read.codes, kept.codes)
    assert read.places == pytest.approx(kept.places, abs=0.003)
    assert read.sizes == pytest.approx(kept.sizes, rel=0.02)
    for broken in (b"", b"C1\xff", b"other", codes[:-1]):
        assert not stored_points.indexed(broken)
        assert len(stored_points.unpack(broken, points)[0]) == 0
    assert len(stored_points.unpack(codes, b"P1" + b"\xff" * 9)) <= 1


def test_points_in_a_mirror_are_those_of_the_mirrored_picture() -> None:
    image = made.artwork(FIRST, longest=400)
    _, plain = points_of(Planes.of(np.asarray(image)).luma)
    _, mirrored = points_of(Planes.of(np.asarray(ImageOps.mirror(image))).luma)
    turned = plain.mirrored(image.width / max(image.size))
    bits = np.bitwise_count(turned.codes[:, None] ^ mirrored.codes[None]).sum(axis=2)
    apart = np.linalg.norm(turned.places[:, None] - mirrored.places[None], axis=2)
    assert (apart[np.arange(len(bits)), bits.argmin(axis=1)] < 0.01).mean() > 0.7


def test_the_index_of_codes_finds_what_it_is_given_in_one_part_and_in_many() -> None:
    rows = [
        StoredFingerprint(number, number, 1, "", b"", described(FIRST + number % 6).codes) for number in range(1, 31)
    ]
    looked = stored_points.unpack(described(FIRST + 2).codes, described(FIRST + 2).points)[0]
    found = []
    for step in (7, 30):
        index = CodeIndex()
        for start in range(0, 30, step):
            index.add(rows[start : start + step])
            index.publish()
        best = index.search(looked, after=0, best=3)
        assert {one.id % 6 for one in best} == {2}
        assert {one.id for one in index.search(looked, after=20, best=9)} >= {26}
        assert all(one.id > 20 for one in index.search(looked, after=20, best=9))
        index.forget([one.id for one in best])
        assert {one.id % 6 for one in index.search(looked, after=0, best=2)} == {2}
        assert not {one.id for one in best} & {one.id for one in index.search(looked, after=0, best=99)}
        found.append([(one.id, round(one.votes, 6)) for one in best])
    assert found[0] == found[1]


def test_ones_own_rows_are_left_out_of_every_segment() -> None:
    codes = described(FIRST + 2).codes
    rows = [StoredFingerprint(number, number, number % 2, "", b"", codes) for number in range(1, 106)]
    index = CodeIndex()
    for part in (rows[:100], rows[100:]):
        index.add(part)
        index.publish()
    looked = stored_points.unpack(codes, described(FIRST + 2).points)[0]
    found = {owner: index.search(looked, after=0, best=60, whose=Whose(owner)) for owner in (0, 1)}
    assert [{one.owner_id for one in found[owner]} for owner in (0, 1)] == [{1}, {0}]
    assert all(max(one.id for one in found[owner]) > 100 for owner in (0, 1)), "of both segments"
    index.forget(range(1, 101))
    assert {one.id for one in index.search(looked, after=0, best=60)} <= {101, 102, 103, 104, 105}


def test_a_collage_is_cut_into_its_parts_and_one_picture_is_not() -> None:
    tile = made.artwork(FIRST).resize((200, 200))
    tiles = [tile, ImageOps.mirror(tile), ImageOps.flip(tile), ImageOps.flip(ImageOps.mirror(tile))]
    canvas = Image.new("RGB", (408, 408), "white")
    for number, tile in enumerate(tiles):
        canvas.paste(tile, (208 * (number % 2), 208 * (number // 2)))
    found = panels(np.asarray(canvas))
    assert len(found) == 4
    assert sorted(round(left, 1) for left, *_ in found) == [0, 0, 0.5, 0.5]
    blurred = np.asarray(tiles[0].filter(ImageFilter.GaussianBlur(2)))
    assert panels(blurred) == []
