"""The Amazon Rekognition detector: labels and faces on top of the local evidence.

The documented rule is 60 % labels + 40 % faces. It holds where both pictures show faces. Where they do not, the
visual (local) evidence takes the faces' 40 %, and the result stays below `REJECT` unless the visual evidence alone
reaches it: two honest sunsets share their labels. No score is lower than the visual one, so that Rekognition never
hides a copy.

Rekognition is asked twice for a new picture (DetectLabels, DetectFaces), and once (CompareFaces) for each of the few
best candidates where both have faces. It has no index of its own: the candidates are those of the local detector.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace
from decimal import Decimal
from time import monotonic
from typing import Any

import boto3
import cv2
import numpy as np
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from . import thumbnails
from .detector import (
    HOLD,
    REJECT,
    Comparison,
    DetectorUnavailable,
    Fingerprint,
    Match,
    StoredDetail,
    check_deadline,
)
from .local import LocalDetector
from .pictures import Picture, jpeg_rendition
from .scoring import as_score

LABEL_SHARE = 0.6
FACE_SHARE = 0.4
MAX_LABELS = 25
MIN_CONFIDENCE = 55.0
FACE_CANDIDATES = 3
"""Candidates for which CompareFaces is called at most."""
MAX_BYTES = 5 * 1024 * 1024
"""What Rekognition accepts in a request."""
DEFAULT_WAIT = 15.0
"""Seconds for one call when the caller gives no deadline."""
_REMEMBERED = 16

Labels = list[dict[str, Any]]


def build_client(
    *,
    region: str,
    endpoint_url: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
    connect_timeout: float = 2.0,
    read_timeout: float = 8.0,
    attempts: int = 2,
) -> Any:
    """Return a boto3 Rekognition client. Without keys boto3's own chain is used (environment, profile, role).

    Timeouts in seconds bound one attempt; the detector's deadline bounds a whole check.
    """
    return boto3.session.Session().client(
        "rekognition",
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            max_pool_connections=16,
        ),
    )


class RekognitionDetector:
    """Labels and faces from Rekognition, everything else from the local detector. Thread-safe."""

    name = "rekognition"

    def __init__(self, local: LocalDetector, client: Any) -> None:
        self.local = local
        self._client = client
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="rekognition")
        self._renditions: OrderedDict[str, bytes] = OrderedDict()
        self._remembering = threading.Lock()

    def warm(self, *, deadline: float | None = None) -> int:
        """Load the local index; return the number of rows."""
        return self.local.warm(deadline=deadline)

    def fingerprint(self, picture: Picture, *, deadline: float | None = None) -> Fingerprint:
        """Describe a picture, with labels and the number of faces.

        Raises ValueError for one without frames, DetectorUnavailable when Rekognition fails or is too late.
        """
        local = self.local.fingerprint(picture, deadline=deadline)
        sent = jpeg_rendition(picture.display)
        if len(sent) > MAX_BYTES:
            sent = jpeg_rendition(picture.display, side=640)
        self._remember(local.sha256, sent)
        labels = self._start(
            self._client.detect_labels, Image={"Bytes": sent}, MaxLabels=MAX_LABELS, MinConfidence=MIN_CONFIDENCE
        )
        faces = self._start(self._client.detect_faces, Image={"Bytes": sent}, Attributes=["DEFAULT"])
        found = [
            {"name": str(label["Name"]), "confidence": round(float(label["Confidence"]), 2)}
            for label in _result(labels, deadline).get("Labels", [])
        ]
        count = len(_result(faces, deadline).get("FaceDetails", []))
        return replace(local, labels=found, face_count=count)

    def compare(
        self,
        fingerprint: Fingerprint,
        *,
        after: int = 0,
        owner_id: int | None = None,
        deadline: float | None = None,
    ) -> Comparison:
        """Compare with the stored rows above `after`; see `Detector`."""
        seen, details = self.local.compare_with_details(fingerprint, after=after, owner_id=owner_id, deadline=deadline)
        matches, asked = [], 0
        for match in seen.matches:
            if match.evidence.same_file:
                matches.append(match)
                continue
            detail = details[match.work_id]
            faces = None
            if asked < FACE_CANDIDATES and _may_show_faces(fingerprint, detail):
                asked += 1
                faces = self._face_similarity(fingerprint, match.work_id, deadline)
            matches.append(_judged(match, fingerprint.labels, detail.labels, faces))
        matches.sort(key=lambda match: (-match.score, match.work_id))
        return replace(seen, matches=matches)

    def _face_similarity(self, fingerprint: Fingerprint, work_id: int, deadline: float | None) -> float | None:
        """Similarity, 0..100, of the best matching faces, or None when one of the pictures shows none."""
        try:
            theirs = self.local.store.picture(work_id)
        except LookupError:
            return None
        call = self._start(
            self._client.compare_faces,
            SourceImage={"Bytes": self._picture(fingerprint)},
            TargetImage={"Bytes": theirs},
            SimilarityThreshold=0.0,
        )
        try:
            answer = _result(call, deadline)
        except _NoFace:
            return None
        return max((float(face["Similarity"]) for face in answer.get("FaceMatches", [])), default=0.0)

    def _start(self, operation: Callable[..., dict[str, Any]], **arguments: Any) -> Future[dict[str, Any]]:
        return self._pool.submit(operation, **arguments)

    def _remember(self, sha256: str, picture: bytes) -> None:
        with self._remembering:
            self._renditions[sha256] = picture
            self._renditions.move_to_end(sha256)
            while len(self._renditions) > _REMEMBERED:
                self._renditions.popitem(last=False)

    def _picture(self, fingerprint: Fingerprint) -> bytes:
        """The rendition made when the fingerprint was taken in this process, else the small one kept with it."""
        with self._remembering:
            known = self._renditions.get(fingerprint.sha256)
        if known is not None:
            return known
        small = thumbnails.unpack(fingerprint.features, 0)
        if small is None:
            raise DetectorUnavailable("The fingerprint holds no picture to compare faces with.")
        bgr = cv2.resize(np.ascontiguousarray(small[:, :, ::-1]), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
        return cv2.imencode(".jpg", bgr)[1].tobytes()


def label_similarity(ours: Labels, theirs: Labels) -> float:
    """Share of confidence, 0..100, that two sets of labels have in common (weighted Jaccard)."""
    one = {label["name"].casefold(): float(label["confidence"]) for label in ours}
    two = {label["name"].casefold(): float(label["confidence"]) for label in theirs}
    names = one.keys() | two.keys()
    most = sum(max(one.get(name, 0.0), two.get(name, 0.0)) for name in names)
    common = sum(min(one.get(name, 0.0), two.get(name, 0.0)) for name in names)
    return 100.0 * common / most if most else 0.0


def combined_score(visual: float, labels: float | None, faces: float | None) -> Decimal:
    """Apply the rule; all values 0..100, `labels` or `faces` None where unknown or not applicable.

    With faces 0.6 labels + 0.4 faces; without, 0.6 labels + 0.4 visual, and then below REJECT unless `visual` reaches
    it. Never less than `visual`.
    """
    if labels is None:
        return as_score(visual)
    if faces is not None:
        return as_score(max(visual, LABEL_SHARE * labels + FACE_SHARE * faces))
    rule = LABEL_SHARE * labels + FACE_SHARE * visual
    if visual < REJECT:
        rule = min(rule, REJECT - 0.01)
    return as_score(max(visual, rule))


def _judged(match: Match, ours: Labels | None, theirs: Labels | None, faces: float | None) -> Match:
    labels = None if ours is None or theirs is None else label_similarity(ours, theirs)
    score = combined_score(float(match.score), labels, faces)
    said = []
    if labels is not None:
        said.append(f"labels agree by {labels:.0f} %")
    if faces is not None:
        said.append(f"faces by {faces:.0f} %")
    visual = match.evidence.explanation
    if said and match.score < HOLD:
        visual = f"The pictures look {'somewhat ' if match.score > 30 else 'hardly '}alike."
    explanation = visual.rstrip(".") + ("; " + ", ".join(said) if said else "") + "."
    evidence = replace(
        match.evidence,
        label_similarity=None if labels is None else round(labels, 2),
        face_similarity=None if faces is None else round(faces, 2),
        explanation=explanation,
    )
    return replace(match, score=score, evidence=evidence)


def _may_show_faces(fingerprint: Fingerprint, detail: StoredDetail) -> bool:
    """Both have faces, or the stored one was never asked (it dates from the time of the local detector)."""
    return bool(fingerprint.face_count) and detail.face_count != 0 and detail.labels is not None


class _NoFace(Exception):
    pass


def _result(call: Future[dict[str, Any]], deadline: float | None) -> dict[str, Any]:
    """Wait for a call until the deadline. The thread of a late call ends by the client's own timeouts."""
    try:
        check_deadline(deadline)
        return call.result(DEFAULT_WAIT if deadline is None else max(0.0, deadline - monotonic()))
    except FutureTimeout as error:
        call.cancel()
        raise DetectorUnavailable("Rekognition did not answer in time.") from error
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code == "InvalidParameterException" and error.operation_name == "CompareFaces":
            raise _NoFace from error
        raise DetectorUnavailable(f"Rekognition refused {error.operation_name}: {code}.") from error
    except BotoCoreError as error:
        raise DetectorUnavailable(f"Rekognition cannot be reached: {error.__class__.__name__}.") from error
