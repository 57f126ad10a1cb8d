"""Nexus's 3-D models, uploads, collections and categories: requests, answers, and what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import User
from marketplace.choices import Status
from marketplace.models import Category, ListingComment, Model3D
from marketplace.services.comments import model_comment
from marketplace.tests.factories import CategoryFactory, Model3DFactory
from tests.roles.requests.request import Request, fixed, of

if TYPE_CHECKING:
    from tests.roles.world import World

DRONE = of("models.drone")


class Things:
    """alice's drone, on which bob commented, and another of hers that waits for a moderator."""

    def __init__(self, people: dict[str, User]) -> None:
        bob, alice = people["buyer"], people["artist"]
        self.category: Category = CategoryFactory.create(name="Vehicles")
        self.drone: Model3D = Model3DFactory.create(
            seller=alice, channel="nexus", title="Sci-Fi Drone", category=self.category
        )
        self.waiting: Model3D = Model3DFactory.create(
            seller=alice, channel="nexus", title="Submarine", status=Status.PENDING
        )
        self.comment: ListingComment = model_comment(actor=bob, model_id=self.drone.pk, content="Great topology!")
        model_comment(actor=alice, model_id=self.drone.pk, content="Thanks", parent_id=self.comment.pk)


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""
    things: Any = world.models
    alice, bob = world.people["artist"], world.people["buyer"]
    Model3DFactory.create(seller=alice, channel="nexus", category=things.category)
    top = model_comment(actor=bob, model_id=things.drone.pk, content=f"Comment {number}")
    model_comment(actor=alice, model_id=things.drone.pk, content="Thanks", parent_id=top.pk)


def alice(_world: World) -> dict[str, Any]:
    return {"username": "alice"}


REQUESTS: dict[str, Request] = {
    "models.list": Request(),
    "models.retrieve": Request(path=DRONE),
    "models.retrieve (not approved)": Request(path=of("models.waiting")),
    "models.like": Request(path=DRONE),
    "models.unlike": Request(path=DRONE),
    "models.comment": Request(path=DRONE, body=fixed(content="Is it rigged?")),
    "models.comments.list": Request(path=DRONE),
    "models.comments.create": Request(path=DRONE, body=fixed(content="Is it rigged?")),
    "models.view": Request(path=DRONE),
    "models.public": Request(path=DRONE),
    "models.public (not approved)": Request(path=of("models.waiting")),
    "users.models": Request(path=alice),
    "dashboard.models": Request(),
    "categories.list": Request(),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "models.list":                                 "200  200  200  200   200  200  200   200   200",
    "models.retrieve":                             "200  200  200  200   200  200  200   200   200",
    "models.retrieve (not approved)":              "404  404  404  200   404  200  200   200   200",
    "models.like":                                 "401  200  200  200   200  200  200   200   200",
    "models.unlike":                               "401  200  200  200   200  200  200   200   200",
    "models.comment":                              "401  201  201  201   201  201  201   201   201",
    "models.comments.list":                        "200  200  200  200   200  200  200   200   200",
    "models.comments.create":                      "401  201  201  201   201  201  201   201   201",
    "models.view":                                 "200  200  200  200   200  200  200   200   200",
    "models.public":                               "200  200  200  200   200  200  200   200   200",
    "models.public (not approved)":                "404  404  404  404   404  404  404   404   404",
    "users.models":                                "200  200  200  200   200  200  200   200   200",
    "dashboard.models":                            "401  200  200  200   200  200  200   200   200",
    "categories.list":                             "200  200  200  200   200  200  200   200   200",
}
# fmt: on
