"""Nexus's 3-D models, uploads, collections and categories: requests, answers, and what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from marketplace.choices import Status, UploadKind
from marketplace.models import Category, Collection, CollectionItem, ListingComment, Model3D, PartedUpload, UploadedFile
from marketplace.services.collections import collection_add, collection_create, collection_follow
from marketplace.services.comments import model_comment
from marketplace.services.uploads.files import file_upload
from marketplace.services.uploads.parts import part_put, parts_begin
from marketplace.tests.factories import CategoryFactory, Model3DFactory
from marketplace.tests.solids import mesh_file
from tests.roles.requests.request import Body, Request, as_json, fixed, of, picture

if TYPE_CHECKING:
    from tests.roles.world import World

DRONE, COLLECTION = of("models.drone"), of("models.collection")


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
        self.empty: Category = CategoryFactory.create(name="Vessels")
        self.collection: Collection = collection_create(actor=alice, details={"name": "Spaceships"})
        collection_add(actor=alice, collection_id=self.collection.pk, model_id=self.drone.pk)
        collection_follow(actor=bob, collection_id=self.collection.pk)
        self.private: Collection = collection_create(actor=alice, details={"name": "Plans", "is_public": False})
        self.other: Model3D = Model3DFactory.create(seller=alice, channel="nexus", title="Rover")
        self.upload: UploadedFile = file_upload(actor=alice, kind=UploadKind.MODEL, file=mesh_file())
        # The part is what a request of the table sends.
        text = as_json(PART)
        self.begun: PartedUpload = _begun(alice, text)
        self.filled: PartedUpload = _begun(alice, text)
        part_put(actor=alice, file_id=str(self.filled.uuid), number=1, data=text)


PART: Body = {"a": "text"}


def _begun(owner: User, data: bytes) -> PartedUpload:
    return parts_begin(actor=owner, kind=UploadKind.DOCUMENT, file_name="brief.json", size=len(data))


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""
    things: Any = world.models
    alice, bob = world.people["artist"], world.people["buyer"]
    model = Model3DFactory.create(seller=alice, channel="nexus", category=things.category)
    on_drone = {"listing": things.drone, "content": f"Comment {number}"}
    top = ListingComment.objects.create(author=bob, answers_count=1, **on_drone)
    ListingComment.objects.create(author=alice, parent=top, root=top, number=1, **on_drone)
    Model3DFactory.create(seller=alice, channel="nexus", status=Status.PENDING)
    UploadedFile.objects.create(
        owner=alice,
        kind=UploadKind.DOCUMENT,
        storage="private",
        stored=f"uploads/{number}.txt",
        file_name="brief.txt",
        content_type="text/plain",
        format="txt",
        byte_size=1,
        sha256="0" * 64,
    )
    for collection in (Collection.objects.create(owner=bob, name=f"Collection {number}"), things.collection):
        CollectionItem.objects.create(collection=collection, listing=model)


def alice(_world: World) -> dict[str, Any]:
    return {"username": "alice"}


def file_id(name: str) -> Any:
    return lambda world: {"file_id": str(getattr(world.models, name).uuid)}


def a_picture(_world: World, _role: str) -> Body:
    return {"file": picture()}


def a_mesh(_world: World, _role: str) -> Body:
    return {"file": mesh_file()}


def a_model(_world: World, role: str) -> Body:
    # No two people's shapes are alike here: v 0 0 n.
    shape = SimpleUploadedFile("part.obj", f"v 0 0 {len(role)}\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".encode())
    return {"title": "Rover", "description": "Of four wheels.", "category": "Vehicles", "file": shape}


REQUESTS: dict[str, Request] = {
    "models.list": Request(),
    "models.retrieve": Request(path=DRONE),
    "models.retrieve (not approved)": Request(path=of("models.waiting")),
    "models.like": Request(path=DRONE),
    "models.unlike": Request(path=DRONE),
    "models.comment": Request(path=DRONE, body=fixed(content="Is it rigged?")),
    "models.comments.list": Request(path=DRONE),
    "models.comments.create": Request(path=DRONE, body=fixed(content="Is it rigged?")),
    "models.comments.delete": Request(path=lambda world: DRONE(world) | of("models.comment", "comment_id")(world)),
    "models.view": Request(path=DRONE),
    "models.public": Request(path=DRONE),
    "models.public (not approved)": Request(path=of("models.waiting")),
    "models.analysis": Request(path=DRONE),
    "models.versions": Request(path=DRONE),
    "models.similar": Request(path=DRONE),
    "models.upload": Request(body=a_model, form=True),
    "models.update": Request(path=DRONE, body=fixed(title="Drone v2", price=45.0)),
    "models.delete": Request(path=DRONE),
    "upload.image": Request(body=a_picture, form=True),
    "upload.avatar": Request(body=a_picture, form=True),
    "upload.document": Request(body=a_picture, form=True),
    "upload.model": Request(body=a_mesh, form=True),
    "upload.model_file": Request(body=a_mesh, form=True),
    "upload.delete": Request(path=file_id("upload")),
    "upload.list": Request(),
    "upload.parts.begin": Request(body=fixed(filename="drone.glb", size=1000)),
    "upload.parts.state": Request(path=file_id("begun")),
    "upload.parts.cancel": Request(path=file_id("begun")),
    "upload.parts.part": Request(
        path=lambda world: file_id("begun")(world) | {"number": 1}, body=lambda _world, _role: dict(PART)
    ),
    "upload.parts.complete": Request(path=file_id("filled")),
    "users.models": Request(path=alice),
    "dashboard.models": Request(),
    "collections.list": Request(),
    "collections.create": Request(body=fixed(name="Submarines", description="My favourite ones")),
    "collections.retrieve": Request(path=COLLECTION),
    "collections.retrieve (private)": Request(path=of("models.private")),
    "collections.update": Request(path=COLLECTION, body=fixed(name="Spaceships II", is_public=False)),
    "collections.delete": Request(path=COLLECTION),
    "collections.follow": Request(path=COLLECTION),
    "collections.unfollow": Request(path=COLLECTION),
    "collections.models": Request(path=COLLECTION),
    "collections.add_model": Request(path=COLLECTION, body=lambda world, _role: {"model_id": world.models.other.pk}),
    "collections.remove_model": Request(path=lambda world: COLLECTION(world) | of("models.drone", "model_id")(world)),
    "categories.list": Request(),
    "categories.create": Request(body=fixed(name="Robots", icon="🤖", order=1)),
    "categories.retrieve": Request(path=of("models.empty")),
    "categories.update": Request(path=of("models.empty"), body=fixed(name="Ships", enabled=False)),
    "categories.delete": Request(path=of("models.empty")),
    "admin.models.list": Request(),
    "admin.models.pending": Request(),
    "admin.models.approve": Request(path=of("models.waiting")),
    "admin.models.reject": Request(path=of("models.waiting"), body=fixed(reason="Textures are missing")),
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
    "models.comments.delete":                      "401  200  403  403   403  200  200   200   200",
    "models.view":                                 "200  200  200  200   200  200  200   200   200",
    "models.public":                               "200  200  200  200   200  200  200   200   200",
    "models.public (not approved)":                "404  404  404  404   404  404  404   404   404",
    "models.analysis":                             "401  403  403  200   403  200  200   200   200",
    "models.versions":                             "200  200  200  200   200  200  200   200   200",
    "models.similar":                              "200  200  200  200   200  200  200   200   200",
    "models.upload":                               "401  201  201  201   201  201  201   201   201",
    "models.update":                               "401  403  403  200   403  403  403   200   200",
    "models.delete":                               "401  403  403  200   403  403  403   200   200",
    "upload.image":                                "401  201  201  201   201  201  201   201   201",
    "upload.avatar":                               "401  201  201  201   201  201  201   201   201",
    "upload.document":                             "401  201  201  201   201  201  201   201   201",
    "upload.model":                                "401  201  201  201   201  201  201   201   201",
    "upload.model_file":                           "401  201  201  201   201  201  201   201   201",
    "upload.delete":                               "401  403  403  200   403  403  403   200   200",
    "upload.list":                                 "401  200  200  200   200  200  200   200   200",
    "upload.parts.begin":                          "401  201  201  201   201  201  201   201   201",
    "upload.parts.state":                          "401  404  404  200   404  404  404   404   404",
    "upload.parts.cancel":                         "401  404  404  200   404  404  404   404   404",
    "upload.parts.part":                           "401  404  404  200   404  404  404   404   404",
    "upload.parts.complete":                       "401  404  404  201   404  404  404   404   404",
    "users.models":                                "200  200  200  200   200  200  200   200   200",
    "dashboard.models":                            "401  200  200  200   200  200  200   200   200",
    "collections.list":                            "200  200  200  200   200  200  200   200   200",
    "collections.create":                          "401  201  201  201   201  201  201   201   201",
    "collections.retrieve":                        "200  200  200  200   200  200  200   200   200",
    "collections.retrieve (private)":              "404  404  404  200   404  200  200   200   200",
    "collections.update":                          "401  403  403  200   403  403  403   200   200",
    "collections.delete":                          "401  403  403  200   403  403  403   200   200",
    "collections.follow":                          "401  200  200  200   200  200  200   200   200",
    "collections.unfollow":                        "401  200  200  200   200  200  200   200   200",
    "collections.models":                          "200  200  200  200   200  200  200   200   200",
    "collections.add_model":                       "401  403  403  201   403  403  403   201   201",
    "collections.remove_model":                    "401  403  403  200   403  403  403   200   200",
    "categories.list":                             "200  200  200  200   200  200  200   200   200",
    "categories.create":                           "401  403  403  403   403  201  201   201   201",
    "categories.retrieve":                         "200  200  200  200   200  200  200   200   200",
    "categories.update":                           "401  403  403  403   403  200  200   200   200",
    "categories.delete":                           "401  403  403  403   403  200  200   200   200",
    "admin.models.list":                           "401  403  403  403   403  200  200   200   200",
    "admin.models.pending":                        "401  403  403  403   403  200  200   200   200",
    "admin.models.approve":                        "401  403  403  403   403  200  200   200   200",
    "admin.models.reject":                         "401  403  403  403   403  200  200   200   200",
}
# fmt: on
