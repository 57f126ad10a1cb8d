"""A stand-in for Amazon Rekognition: a real HTTP server on this machine that speaks its AWS JSON 1.1 protocol.

It answers DetectLabels, DetectFaces and CompareFaces from the picture itself, the same for the same picture: labels
from hue, brightness and the amount of edges, faces from ellipses in one skin colour (see `SKIN`, `draw_face`). Like
the real service it accepts JPEG and PNG up to 5 MB, and refuses CompareFaces with InvalidParameterException when a
picture has no face.

    with FakeRekognition() as fake:
        client = build_client(region="eu-west-1", endpoint_url=fake.url, access_key="x", secret_key="x")
        fake.fail("throttle", operation="DetectLabels", times=1)
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import cv2
import numpy as np

SKIN = (224, 172, 105)
"""RGB of what this service takes for a face."""
MAX_BYTES = 5 * 1024 * 1024

_FAILURES = {
    "throttle": (400, "ThrottlingException", "Rate exceeded"),
    "limit": (400, "ProvisionedThroughputExceededException", "Provisioned rate exceeded"),
    "error": (500, "InternalServerError", "Internal server error"),
    "invalid": (400, "InvalidParameterException", "Request has invalid parameters"),
    "denied": (400, "AccessDeniedException", "User is not authorized"),
}


def draw_face(canvas: np.ndarray, x: int, y: int, size: int, *, smile: int = 0) -> None:
    """Draw on an RGB array what this service takes for a face, `size` pixels wide; `smile` (0..) tells people apart."""
    cv2.ellipse(canvas, (x, y), (size // 2, int(size * 0.65)), 0, 0, 360, SKIN, -1)
    eye = max(1, size // (10 + smile))
    for side in (-1, 1):
        cv2.circle(canvas, (x + side * size // 5, y - size // 8), eye, (30, 30, 40), -1)
    mouth = (x - size // 6, y + size // 4), (x + size // 6, y + size // 4 + 2 + 4 * smile)
    cv2.rectangle(canvas, *mouth, (150, 40, 50), -1)


@dataclass
class _Failure:
    kind: str
    operation: str | None
    left: int
    seconds: float


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that are killed, or give up, are part of the play."""


class FakeRekognition:
    """The server, in threads of its own between `start` and `stop` (or as a context manager)."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._failures: list[_Failure] = []
        self._lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
                status, answer = fake._answer(operation, body, self.headers.get("Authorization", ""))
                data = json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/x-amz-json-1.1")
                    self.send_header("x-amzn-RequestId", f"stand-in-{len(fake.requests)}")
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = _Server(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> FakeRekognition:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> FakeRekognition:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def fail(self, kind: str, *, operation: str | None = None, times: int = 1, seconds: float = 30.0) -> None:
        """Let the next `times` requests (of `operation`, or any) fail: "hang", or a key of `_FAILURES`."""
        if kind != "hang" and kind not in _FAILURES:
            raise ValueError(f"No such failure: {kind}")
        with self._lock:
            self._failures.append(_Failure(kind, operation, times, seconds))

    def calls(self, operation: str) -> int:
        """How many requests of an operation came in, failed ones included."""
        return sum(name == operation for name, _ in self.requests)

    def _answer(self, operation: str, body: bytes, authorization: str) -> tuple[int, dict[str, Any]]:
        try:
            request = json.loads(body)
        except ValueError:
            return _refusal(400, "SerializationException", "The body is no JSON")
        with self._lock:
            self.requests.append((operation, request))
        failure = self._next_failure(operation)
        if failure is not None and failure.kind != "hang":
            return _refusal(*_FAILURES[failure.kind])
        if failure is not None:
            time.sleep(failure.seconds)
        if not authorization.startswith("AWS4-HMAC-SHA256"):
            return _refusal(400, "MissingAuthenticationTokenException", "Missing Authentication Token")
        try:
            if operation == "DetectLabels":
                return 200, _labels(_picture(request, "Image"), request)
            if operation == "DetectFaces":
                faces = [_face_detail(box) for box, _ in _faces(_picture(request, "Image"))]
                return 200, {"FaceDetails": faces}
            if operation == "CompareFaces":
                return 200, _comparison(_picture(request, "SourceImage"), _picture(request, "TargetImage"), request)
        except _Refused as refused:
            return _refusal(400, refused.code, str(refused))
        return _refusal(400, "UnknownOperationException", operation)

    def _next_failure(self, operation: str) -> _Failure | None:
        with self._lock:
            for failure in self._failures:
                if failure.left > 0 and failure.operation in (None, operation):
                    failure.left -= 1
                    return failure
        return None


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _refusal(status: int, code: str, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"__type": code, "message": message}


def _picture(request: dict[str, Any], field: str) -> np.ndarray:
    """Decode a picture of the request to RGB, refusing what the real service refuses."""
    try:
        data = base64.b64decode(request[field]["Bytes"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise _Refused("InvalidParameterException", f"{field} is missing") from error
    if len(data) > MAX_BYTES:
        raise _Refused("ImageTooLargeException", "Request has image too large")
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise _Refused("InvalidImageFormatException", "Request has invalid image format")
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise _Refused("InvalidImageFormatException", "Request has invalid image format")
    return np.ascontiguousarray(decoded[:, :, ::-1])


_HUES = ("Red", "Orange", "Yellow", "Green", "Teal", "Blue", "Purple", "Pink")


def _labels(pixels: np.ndarray, request: dict[str, Any]) -> dict[str, Any]:
    small = cv2.resize(pixels, (64, 64), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    edges = cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std()
    found = {"Art": 99.0}
    weights = np.bincount((hsv[..., 0].ravel().astype(int) * len(_HUES)) // 180, hsv[..., 1].ravel(), len(_HUES))
    for name, share in zip(_HUES, weights / max(1.0, weights.sum()), strict=True):
        if share > 0.1:
            found[name] = 60 + 39 * float(share)
    found["Night" if hsv[..., 2].mean() < 90 else "Daylight"] = 80.0
    found["Drawing" if edges > 25 else "Gradient"] = 75.0
    if _faces(pixels):
        found["Person"] = found["Face"] = 97.0
    least = float(request.get("MinConfidence", 55))
    labels = [
        {"Name": name, "Confidence": round(confidence, 4), "Instances": [], "Parents": []}
        for name, confidence in sorted(found.items(), key=lambda item: (-item[1], item[0]))
        if confidence >= least
    ]
    return {"Labels": labels[: int(request.get("MaxLabels", 1000))], "LabelModelVersion": "3.0"}


def _faces(pixels: np.ndarray) -> list[tuple[tuple[float, float, float, float], np.ndarray]]:
    """Boxes (left, top, width, height as fractions) and grey 24 x 24 crops of the faces, largest first."""
    near = (np.abs(pixels.astype(np.int16) - np.array(SKIN)).max(axis=2) < 22).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(near)
    height, width = near.shape
    found = []
    for x, y, w, h, area in sorted(stats[1:count].tolist(), key=lambda row: -int(row[4])):
        if area > 0.004 * width * height and 0.4 < w / h < 1.6 and area > 0.5 * w * h:
            grey = cv2.cvtColor(pixels[y : y + h, x : x + w], cv2.COLOR_RGB2GRAY)
            found.append(((x / width, y / height, w / width, h / height), cv2.resize(grey, (24, 24))))
    return found


def _bounding_box(box: tuple[float, float, float, float]) -> dict[str, float]:
    left, top, width, height = box
    return {"Left": left, "Top": top, "Width": width, "Height": height}


def _face_detail(box: tuple[float, float, float, float]) -> dict[str, Any]:
    return {"BoundingBox": _bounding_box(box), "Confidence": 99.9, "Landmarks": [], "Pose": {}, "Quality": {}}


def _comparison(source: np.ndarray, target: np.ndarray, request: dict[str, Any]) -> dict[str, Any]:
    ours, theirs = _faces(source), _faces(target)
    if not ours or not theirs:
        raise _Refused("InvalidParameterException", "Request has invalid parameters")
    threshold = float(request.get("SimilarityThreshold", 80))
    matches: list[dict[str, Any]] = []
    unmatched: list[dict[str, Any]] = []
    for box, crop in theirs:
        apart = float(np.abs(crop.astype(np.int16) - ours[0][1].astype(np.int16)).mean())
        similarity = max(0.0, 100.0 - 4.0 * apart)
        face = {"BoundingBox": _bounding_box(box), "Confidence": 99.9}
        if similarity >= threshold:
            matches.append({"Similarity": round(similarity, 4), "Face": face})
        else:
            unmatched.append(face)
    matches.sort(key=lambda match: -match["Similarity"])
    return {
        "SourceImageFace": {"BoundingBox": _bounding_box(ours[0][0]), "Confidence": 99.9},
        "FaceMatches": matches,
        "UnmatchedFaces": unmatched,
    }
