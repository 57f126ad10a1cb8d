"""Rekognition against the stand-in server: the documented rule in exact numbers, and every way it can fail."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench import pictures as made
from marketplace.duplicates.detector import HOLD, REJECT, DetectorUnavailable, Fingerprint
from marketplace.duplicates.pictures import Picture
from marketplace.duplicates.rekognition import (
    FACE_CANDIDATES,
    RekognitionDetector,
    build_client,
    combined_score,
    label_similarity,
)
from tests.stand_ins.rekognition import FakeRekognition, draw_face

from .memory import MemoryStore, Remembering

FIRST = 3_000_000


def client(url: str, **options: Any) -> Any:
    return build_client(
        region="eu-west-1",
        endpoint_url=url,
        access_key="AKIDEXAMPLE",
        secret_key="secret",
        **options,
    )


@pytest.fixture
def fake() -> Iterator[FakeRekognition]:
    with FakeRekognition() as server:
        yield server


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def detector(fake: FakeRekognition, store: MemoryStore) -> RekognitionDetector:
    return RekognitionDetector(Remembering(store), client(fake.url, attempts=1))


@cache
def portrait(seed: int, smile: int = 0) -> bytes:
    canvas = np.array(made.artwork(seed).resize((480, 360)))
    draw_face(canvas, 240, 170, 120, smile=smile)
    return made.encoded(Image.fromarray(canvas))


# The rule


@pytest.mark.parametrize(
    ("visual", "labels", "faces", "score"),
    [
        (20, 90, 80, "86.00"),
        (20, 50, 50, "50.00"),
        (0, 100, 62.5, "85.00"),
        (0, 100, 0, "60.00"),
        (20, 0, 100, "40.00"),
        (20, 90, None, "62.00"),
        (0, 100, None, "60.00"),
        (59, 100, None, "83.60"),
        (70, 100, None, "84.99"),
        (84, 100, None, "84.99"),
        (85, 100, None, "94.00"),
        (85, 0, None, "85.00"),
        (99.5, 10, 10, "99.50"),
        (72.35, None, None, "72.35"),
        (72.35, None, 100, "72.35"),
    ],
)
def test_the_rule(visual: float, labels: float | None, faces: float | None, score: str) -> None:
    assert combined_score(visual, labels, faces) == Decimal(score)


def test_label_similarity_is_the_shared_confidence() -> None:
    ours = [{"name": "Sunset", "confidence": 90.0}, {"name": "Sea", "confidence": 60.0}]
    theirs = [{"name": "sunset", "confidence": 80.0}, {"name": "Dog", "confidence": 50.0}]
    assert label_similarity(ours, theirs) == pytest.approx(100 * 80 / (90 + 60 + 50))
    assert label_similarity(ours, ours) == 100
    assert label_similarity([], []) == 0
    assert label_similarity(ours, []) == 0


def test_labels_alone_never_reject() -> None:
    assert max(combined_score(visual, 100, None) for visual in range(REJECT)) < REJECT


# Against the server


def test_a_fingerprint_has_labels_and_faces(detector: RekognitionDetector, fake: FakeRekognition) -> None:
    fingerprint = detector.fingerprint(made.seen(portrait(FIRST)))
    assert fingerprint.face_count == 1
    assert fingerprint.labels is not None
    assert fingerprint.labels[0] == {"name": "Art", "confidence": 99.0}
    assert {"name": "Face", "confidence": 97.0} in fingerprint.labels
    assert (fake.calls("DetectLabels"), fake.calls("DetectFaces"), fake.calls("CompareFaces")) == (1, 1, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_aws_does_not_read_is_sent_as_jpeg(detector: RekognitionDetector, kind: str) -> None:
    fingerprint = detector.fingerprint(made.seen_as(made.artwork(FIRST, longest=300), kind))
    assert fingerprint.labels


def test_a_large_picture_is_sent_reduced(detector: RekognitionDetector, fake: FakeRekognition) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (2600, 2600, 3), dtype=np.uint8)
    data = made.encoded(Image.fromarray(noise), "PNG")
    assert len(data) > 5 * 1024 * 1024
    assert detector.fingerprint(made.seen(data)).labels


def test_no_picture_is_refused_before_aws_is_asked(detector: RekognitionDetector, fake: FakeRekognition) -> None:
    with pytest.raises(ValueError):
        detector.fingerprint(Picture("", Image.new("RGB", (8, 8)), moments=[]))
    assert not fake.requests


def test_a_copied_portrait_is_rejected_with_faces_in_the_evidence(
    detector: RekognitionDetector, store: MemoryStore, fake: FakeRekognition
) -> None:
    data = portrait(FIRST)
    store.add(detector.fingerprint(made.seen(data)), work=1, owner=9, picture=data)
    copy = made.encoded(Image.open(io.BytesIO(data)), quality=60)
    match = detector.compare(detector.fingerprint(made.seen(copy))).matches[0]
    assert (match.work_id, match.owner_id) == (1, 9)
    assert match.score >= REJECT
    assert match.evidence.face_similarity is not None
    assert match.evidence.face_similarity > 80
    assert match.evidence.label_similarity is not None
    assert "faces by" in match.evidence.explanation
    assert fake.calls("CompareFaces") == 1


def test_the_score_is_the_rule_applied_to_the_evidence(detector: RekognitionDetector, store: MemoryStore) -> None:
    data = portrait(FIRST)
    store.add(detector.fingerprint(made.seen(data)), work=1, picture=data)
    fingerprint = detector.fingerprint(
        made.seen_as(made.EDITS["text watermark"](made.artwork(FIRST).resize((480, 360))))
    )
    visual = detector.local.compare(fingerprint).matches[0]
    match = detector.compare(fingerprint).matches[0]
    assert fingerprint.face_count == 0
    assert match.evidence.face_similarity is None
    assert match.evidence.label_similarity is not None
    expected = combined_score(float(visual.score), match.evidence.label_similarity, None)
    assert abs(match.score - expected) <= Decimal("0.01")


def test_faces_are_compared_for_the_best_few_only(
    detector: RekognitionDetector, store: MemoryStore, fake: FakeRekognition
) -> None:
    data = portrait(FIRST)
    for work in range(6):
        copy = made.encoded(Image.open(io.BytesIO(data)), quality=60 + work)
        store.add(detector.fingerprint(made.seen(copy)), work=work, picture=copy)
    comparison = detector.compare(detector.fingerprint(made.seen(data)))
    assert len(comparison.matches) == 6
    assert fake.calls("CompareFaces") == FACE_CANDIDATES
    assert sum(match.evidence.face_similarity is not None for match in comparison.matches) == FACE_CANDIDATES


def test_the_same_file_needs_no_faces(detector: RekognitionDetector, store: MemoryStore, fake: FakeRekognition) -> None:
    fingerprint = detector.fingerprint(made.seen(portrait(FIRST)))
    store.add(fingerprint, work=1)
    match = detector.compare(fingerprint).matches[0]
    assert (match.score, match.evidence.same_file) == (Decimal("100.00"), True)
    assert fake.calls("CompareFaces") == 0


def test_two_sunsets_with_the_same_labels_are_not_rejected(detector: RekognitionDetector, store: MemoryStore) -> None:
    seeds = [FIRST + 7 + 10 * number for number in range(8)]
    prints = [detector.fingerprint(made.seen_as(made.artwork(seed))) for seed in seeds]
    same = [{"name": "Sunset", "confidence": 99.0}, {"name": "Sky", "confidence": 98.0}]
    for number, fingerprint in enumerate(prints):
        labelled = Fingerprint(
            fingerprint.sha256, fingerprint.hashes, fingerprint.quality, fingerprint.features, same, 0
        )
        prints[number] = labelled
        store.add(labelled, work=number)
    for number, fingerprint in enumerate(prints):
        others = [match for match in detector.compare(fingerprint).matches if match.work_id != number]
        assert all(match.score < REJECT for match in others)
        assert all(match.evidence.label_similarity == 100 for match in others)


def test_rows_from_before_rekognition_keep_their_visual_score(
    detector: RekognitionDetector, store: MemoryStore, fake: FakeRekognition
) -> None:
    data = portrait(FIRST)
    store.add(detector.local.fingerprint(made.seen(data)), work=1, picture=data)
    fingerprint = detector.fingerprint(made.seen_as(Image.open(io.BytesIO(data)), quality=50))
    visual = detector.local.compare(fingerprint).matches[0]
    match = detector.compare(fingerprint).matches[0]
    assert match.score == visual.score
    assert match.evidence.label_similarity is None
    assert fake.calls("CompareFaces") == 0


def test_a_missing_rendition_falls_back_to_the_visual_evidence(
    detector: RekognitionDetector, store: MemoryStore, fake: FakeRekognition
) -> None:
    data = portrait(FIRST)
    store.add(detector.fingerprint(made.seen(data)), work=1)
    match = detector.compare(detector.fingerprint(made.seen_as(Image.open(io.BytesIO(data)), quality=50))).matches[0]
    assert match.evidence.face_similarity is None
    assert match.score >= REJECT
    assert fake.calls("CompareFaces") == 0


def test_another_process_compares_faces_from_the_kept_rendition(
    detector: RekognitionDetector, store: MemoryStore, fake: FakeRekognition
) -> None:
    data = portrait(FIRST)
    store.add(detector.fingerprint(made.seen(data)), work=1, picture=data)
    fingerprint = detector.fingerprint(made.seen_as(Image.open(io.BytesIO(data)), quality=50))
    elsewhere = RekognitionDetector(Remembering(store), client(fake.url, attempts=1))
    match = elsewhere.compare(fingerprint).matches[0]
    assert match.evidence.face_similarity is not None
    assert match.evidence.face_similarity > 70


# Failures


@pytest.mark.parametrize("kind", ["throttle", "limit", "error", "denied", "invalid"])
@pytest.mark.parametrize("operation", ["DetectLabels", "DetectFaces"])
def test_a_failing_service_is_unavailable(
    detector: RekognitionDetector, fake: FakeRekognition, kind: str, operation: str
) -> None:
    fake.fail(kind, operation=operation, times=5)
    with pytest.raises(DetectorUnavailable):
        detector.fingerprint(made.seen(portrait(FIRST)))


def test_one_throttled_attempt_is_retried(fake: FakeRekognition, store: MemoryStore) -> None:
    patient = RekognitionDetector(Remembering(store), client(fake.url, attempts=2))
    fake.fail("throttle", operation="DetectLabels", times=1)
    assert patient.fingerprint(made.seen(portrait(FIRST))).labels
    assert fake.calls("DetectLabels") == 2


def test_compare_faces_without_a_face_is_not_applicable(
    detector: RekognitionDetector, store: MemoryStore, fake: FakeRekognition
) -> None:
    data = portrait(FIRST)
    store.add(detector.fingerprint(made.seen(data)), work=1, picture=data)
    fingerprint = detector.fingerprint(made.seen_as(Image.open(io.BytesIO(data)), quality=50))
    fake.fail("invalid", operation="CompareFaces")
    match = detector.compare(fingerprint).matches[0]
    assert match.evidence.face_similarity is None
    assert match.evidence.label_similarity is not None
    assert match.score >= HOLD


def test_failing_compare_faces_is_unavailable(
    detector: RekognitionDetector, store: MemoryStore, fake: FakeRekognition
) -> None:
    data = portrait(FIRST)
    store.add(detector.fingerprint(made.seen(data)), work=1, picture=data)
    fingerprint = detector.fingerprint(made.seen_as(Image.open(io.BytesIO(data)), quality=50))
    fake.fail("error", operation="CompareFaces")
    with pytest.raises(DetectorUnavailable):
        detector.compare(fingerprint)


def test_a_hanging_service_is_unavailable_at_the_deadline(detector: RekognitionDetector, fake: FakeRekognition) -> None:
    fake.fail("hang", operation="DetectLabels", seconds=3)
    started = time.monotonic()
    with pytest.raises(DetectorUnavailable):
        detector.fingerprint(made.seen(portrait(FIRST)), deadline=started + 1.0)
    assert time.monotonic() - started < 2.5


def test_an_unreachable_service_is_unavailable(store: MemoryStore) -> None:
    gone = FakeRekognition().start()
    url = gone.url
    gone.stop()
    detector = RekognitionDetector(Remembering(store), client(url, attempts=1))
    with pytest.raises(DetectorUnavailable):
        detector.fingerprint(made.seen(portrait(FIRST)))
