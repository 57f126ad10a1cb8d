"""What one request of the table is made of."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

if TYPE_CHECKING:
    from tests.roles.world import World

Body = dict[str, Any]


@dataclass
class Request:
    """`path` has the path's parameters. `body` is JSON, or a form when `form` says so."""

    path: Callable[[World], dict[str, int]] = field(default=lambda _world: {})
    body: Callable[[World, str], Body] | None = None
    form: bool = False
    query: dict[str, str] | Callable[[World], dict[str, Any]] = field(default_factory=dict)
    before: Callable[[World, str], None] = field(default=lambda _world, _role: None)


def of(name: str, parameter: str = "id") -> Callable[[World], dict[str, int]]:
    """The id of a thing of the world, or of a thing of one of its parts: `of("models.drone")`."""
    return lambda world: {parameter: attrgetter(name)(world).pk}


def person(role: str, parameter: str = "id") -> Callable[[World], dict[str, int]]:
    return lambda world: {parameter: world.people[role].pk}


def fixed(**values: Any) -> Callable[[World, str], Body]:
    return lambda _world, _role: dict(values)


def picture() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(file, "JPEG")
    return SimpleUploadedFile("work.jpg", file.getvalue(), "image/jpeg")


def as_json(body: Body) -> bytes:
    return json.dumps(body).encode()
