"""Every door that takes a picture refuses a hostile one on its field, at little cost, and changes nothing."""

import re
import resource
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory
from community.models import Message
from config.core.errors import Busy, Limited
from config.core.forkers import forkers_end
from config.core.images import intake
from config.core.models import DiscardedFile
from config.core.tests.images.hostile import gif_of, heif_of_tiles, last_scan_repeated, png_claiming
from marketplace.models import Artwork, Equipment, Picture
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, EquipmentFactory
from marketplace.tests.uploads import file_of, painting

pytestmark = pytest.mark.django_db

HOSTILE = {
    "scans": lambda: last_scan_repeated(2_000),
    "frames": lambda: gif_of(100_000),
    "pixels": lambda: png_claiming(30_000, 30_000),
    "tiles": lambda: heif_of_tiles(60_000),
}
DOORS = {
    "artworks.create": "image",
    "artworks.update": "image",
    "artworks.partial_update": "image",
    "auth.profile_patch": "profile_image",
    "messages.create": "attachment",
    "equipment.create": "image",
    "equipment.update": "image",
    "equipment.partial_update": "image",
}


def sent(door: str, file: Any) -> Any:
    """The answer to an upload at a door, by somebody who may use it."""
    noun, action = door.split(".")
    method = {"create": "post", "update": "put"}.get(action, "patch")
    artwork = {"title": "Sunset", "description": "In oil.", "category_id": CategoryFactory.create().pk}
    artwork |= {"artwork_type": "digital", "price": "250.00"}
    piece = {"name": "Brush", "description": "", "equipment_type": "brush", "price": "5.00", "stock_quantity": "3"}
    match noun:
        case "artworks":
            actor: User = ArtistFactory.create()
            path, fields = "/api/artworks/", artwork
            if action != "create":
                path += f"{ArtworkFactory.create(seller=actor).pk}/"
        case "equipment":
            actor = AdminFactory.create()
            path, fields = "/api/equipment/", piece
            if action != "create":
                path += f"{EquipmentFactory.create().pk}/"
        case "messages":
            actor = BuyerFactory.create()
            path, fields = "/api/messages/", {"receiver_id": ArtistFactory.create().pk, "content": "See this."}
        case _:
            actor = BuyerFactory.create()
            path, fields = "/api/auth/profile/", {"first_name": "Ann"}
    client = APIClient()
    client.force_authenticate(actor)
    before = everything()
    answer = getattr(client, method)(path, fields | {DOORS[door]: file}, format="multipart")
    answer.changed = everything() != before
    return answer


def everything() -> Any:
    """What an upload could have left behind."""
    return (
        list(Artwork.objects.order_by("pk").values_list("pk", "title", "price", "picture_id")),
        list(Equipment.objects.order_by("pk").values_list("pk", "title", "image")),
        list(User.objects.order_by("pk").values_list("first_name", "profile_image")),
        Picture.objects.count(),
        Message.objects.count(),
        DiscardedFile.objects.count(),
        [files_in(storages[name].path("")) for name in ("default", "private")],
    )


def files_in(folder: str) -> list[str]:
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file())


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("door", DOORS)
def test_a_hostile_picture_is_refused_on_its_field_and_changes_nothing(door: str, make: Any) -> None:
    file = SimpleUploadedFile("photo.jpg", make(), "image/jpeg")
    forkers_end()  # the system counts their children to us when they have ended
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = sent(door, file)
    forkers_end()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert answer.status_code == 400
    assert list(answer.json()) == [DOORS[door]]
    assert not answer.changed
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.5


@pytest.mark.parametrize(("refusal", "status"), [(Busy(wait=7), 503), (Limited("Fewer at once.", wait=7), 429)])
@pytest.mark.parametrize("door", DOORS)
def test_who_comes_when_too_many_are_read_is_told_when_to_come_again(
    door: str, refusal: Exception, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_arguments: Any, **_named: Any) -> None:
        raise refusal

    monkeypatch.setattr(intake, "turn", taken)
    answer = sent(door, SimpleUploadedFile("photo.jpg", last_scan_repeated(1), "image/jpeg"))
    assert (answer.status_code, answer["Retry-After"]) == (status, "7")
    assert not answer.changed


OPENS = re.compile(
    r"Image\.open\(|pi_heif|HeifImageFile|imdecode|imread|ImageFile\.|PIL\.ImageFile|\bImageField\(|ImagePlugin\b"
)
READERS = {
    "config/core/images/reading.py": "in the child",
    "marketplace/meshes/reading/gltf/looks.py": "sizes only, in the child that analyses 3-D files",
    "marketplace/duplicates/thumbnails.py": "renditions that the platform has made",
}


def test_nothing_else_opens_a_picture() -> None:
    found = set()
    for app in ("accounts", "adminpanel", "commerce", "community", "config", "jobs", "marketplace", "printshop"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            name = path.relative_to(settings.BASE_DIR).as_posix()
            if "/tests/" not in name and OPENS.search(path.read_text()):
                found.add(name)
    assert found == set(READERS)


def test_an_honest_picture_passes_every_door() -> None:
    for number, door in enumerate(DOORS):
        answer = sent(door, file_of(painting(number)))
        assert answer.status_code in (200, 201), (door, answer.content)
    assert Equipment.objects.exclude(image="").count() == 3
    assert Artwork.objects.count() == 3
