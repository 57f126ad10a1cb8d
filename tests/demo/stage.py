"""What a story needs: people at their front-ends, their sockets and mailboxes, and a narrator who checks."""

import contextlib
import email
import email.policy
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PASSWORD = "a long enough passphrase 1"


class WentWrong(Exception):
    """Something is not as it must be."""


def say(step: str, came_back: str) -> None:
    print(f"{step:<58} {came_back}", flush=True)


def must(condition: object, words: str) -> None:
    if not condition:
        raise WentWrong(words)


def wait_for(find: Any, words: str, seconds: float = 20.0) -> Any:
    """What `find()` gives as soon as it gives something."""
    end = time.monotonic() + seconds
    while True:
        found = find()
        if found:
            return found
        must(time.monotonic() < end, f"{words} did not come within {seconds:.0f} s")
        time.sleep(0.05)


@dataclass
class Stage:
    """A running platform, and a suffix that keeps this performance's people apart from those of earlier ones."""

    url: str
    data_dir: Path
    suffix: str = field(default_factory=lambda: secrets.token_hex(3))

    def register(self, name: str, user_type: str) -> "Person":
        person = Person(self, f"{name}_{self.suffix}")
        person.email = f"{person.name}@example.com"
        person.post(
            "/api/auth/register/",
            201,
            json={
                "username": person.name,
                "email": person.email,
                "password": PASSWORD,
                "password_confirm": PASSWORD,
                "user_type": user_type,
                "first_name": name.capitalize(),
                "last_name": "Example",
            },
        )
        person.sign_in(PASSWORD)
        return person

    def signed_in(self, name: str, password: str) -> "Person":
        person = Person(self, name)
        person.sign_in(password)
        return person

    def mail_to(self, address: str, subject_part: str) -> EmailMessage | None:
        for file in sorted((self.data_dir / "mail").glob("*.eml")):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if message["To"] == address and subject_part.lower() in str(message["Subject"]).lower():
                return message  # type: ignore[return-value]
        return None


class Person:
    def __init__(self, stage: Stage, name: str) -> None:
        self.stage, self.name = stage, name
        self.email, self.token, self.id = "", "", 0
        self.client = httpx.Client(base_url=stage.url, timeout=60)

    def sign_in(self, password: str) -> None:
        answer = self.post("/api/auth/login/", 200, json={"username": self.name, "password": password})
        self.token, self.id = answer["token"], answer["user"]["id"]
        self.client.headers["Authorization"] = f"Token {self.token}"

    def get(self, path: str, status: int = 200, **more: Any) -> Any:
        return self._call("GET", path, status, **more)

    def post(self, path: str, status: int = 200, **more: Any) -> Any:
        return self._call("POST", path, status, **more)

    def _call(self, method: str, path: str, status: int, **more: Any) -> Any:
        answer = self.client.request(method, path, **more)
        must(
            answer.status_code == status,
            f"{self.name}: {method} {path} answered {answer.status_code} instead of {status}: {answer.text[:300]}",
        )
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer

    def upload(self, title: str, image: bytes, *, price: str, category: int) -> httpx.Response:
        return self.client.post(
            "/api/artworks/",
            data={
                "title": title,
                "description": f"{title}, a photograph",
                "category_id": str(category),
                "artwork_type": "digital",
                "price": price,
            },
            files={"image": ("picture.jpg", image, "image/jpeg")},
        )


class Socket:
    """An open `/ws/notifications`. Keeps what arrives, with the time of its arrival."""

    def __init__(self, person: Person) -> None:
        self.messages: list[tuple[float, dict[str, Any]]] = []
        address = person.stage.url.replace("http", "ws", 1) + "/ws/notifications"
        self.connection = connect(address, additional_headers={"Authorization": f"Token {person.token}"})
        opened = [json.loads(self.connection.recv(timeout=10))["type"] for _ in range(2)]
        must(opened == ["connected", "ready"], "the socket is not ready")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):  # at the end the platform stops first
            for raw in self.connection:
                self.messages.append((time.monotonic(), json.loads(raw)))

    def wait(self, notification_type: str, since: float) -> tuple[float, dict[str, Any]]:
        """The first message of that type after `since`, and the seconds it took."""

        def find() -> tuple[float, dict[str, Any]] | None:
            for at, message in self.messages:
                if at >= since and message.get("notification_type") == notification_type:
                    return at - since, message
            return None

        found: tuple[float, dict[str, Any]] = wait_for(find, f"the socket message {notification_type}")
        return found


class Listener:
    """Any other socket, open for a person who signed in by a JWT or a token. Keeps the frames that arrive."""

    def __init__(self, person: Person, path: str) -> None:
        self.frames: list[dict[str, Any]] = []
        header = {"Authorization": str(person.client.headers["Authorization"])}
        self.connection = connect(person.stage.url.replace("http", "ws", 1) + path, additional_headers=header)
        must(json.loads(self.connection.recv(timeout=10)), f"{path} says nothing")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for raw in self.connection:
                self.frames.append(json.loads(raw))

    def send(self, frame: dict[str, Any]) -> None:
        self.connection.send(json.dumps(frame))

    def heard(self, kind: str, fits: Callable[[dict[str, Any]], bool] = lambda _frame: True) -> dict[str, Any] | None:
        """The first frame of that type that fits."""
        return next((frame for frame in list(self.frames) if frame["type"] == kind and fits(frame)), None)

    def wait(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = wait_for(lambda: self.heard(kind), f"the frame {kind}")
        return found
