"""What strangers read, and how files are reached."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from config.core.storage import FILE_LINK_SALT, signed_link
from marketplace.models import Artwork
from tests.roles.caller import ROUTES, call
from tests.roles.requests.every import REQUESTS

pytestmark = pytest.mark.django_db


READS = [(dialect, route.name) for dialect, routes in ROUTES.items() for route in routes if route.method == "GET"]


@pytest.mark.parametrize(("dialect", "name"), READS, ids=[f"{dialect}.{name}" for dialect, name in READS])
def test_strangers_read_no_addresses_and_no_originals(world, dialect, name):
    private = {picture.original.name for picture in (w.picture for w in Artwork.objects.select_related("picture"))}
    for role in ("anonymous", "other_buyer", "other_artist"):
        me = world.people[role].email if role in world.people else ""
        others = {person.email for person in User.objects.all()} - {me}
        with transaction.atomic():
            text = call(world, role, dialect, name).content.decode()
            transaction.set_rollback(True)
        assert [address for address in others if address in text] == []
        assert [original for original in private if original.rpartition("/")[2] in text] == []
        assert "/files/" not in text


def test_passwords_and_secrets_are_no_fields(world):
    for dialect, name in READS:
        with transaction.atomic():
            text = _text(call(world, "superuser", dialect, name))
            transaction.set_rollback(True)
        for word in ("argon2", '"password"', '"digest"', "gateway_reference", '"credentials_version"'):
            assert word not in text, (dialect, name)
    assert set(REQUESTS) == set(ROUTES)


def _text(answer: Any) -> str:
    sent: bytes = answer.getvalue()
    if answer.headers.get("Content-Type") != "application/pdf":
        return sent.decode()
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(sent)).pages)


def test_an_original_is_reached_by_its_link_alone(world):
    original = world.sold.picture.original.name
    link = signed_link(original)
    assert Client().get(link).status_code == 200
    assert Client().get(world.sold.picture.watermarked.url).status_code == 200
    unsigned = signing.dumps({"name": original, "as": None}, salt="another salt")
    for address in (
        f"/media/{original}",
        f"/media/private/{original}",
        f"/media/../private/{original}",
        f"/media/%2e%2e/private/{original}",
        f"/media/..%2fprivate%2f{original}",
        f"/media/....//private/{original}",
        f"/media/{settings.MEDIA_ROOT}/private/{original}",
        f"/files/{original}",
        f"/files/{unsigned}",
        link[:-1] + ("a" if link[-1] != "a" else "b"),
        "/media/../../db.sqlite3",
        "/media/%00",
        "/media/" + "a" * 5000,
        f"/static/../media/private/{original}",
    ):
        assert Client().get(address).status_code in {400, 404}, address
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.FILE_LINK_SECONDS + 5)):
        assert Client().get(link).status_code == 404


def test_a_link_leads_nowhere_but_into_the_store(world):
    for name in ("../../../etc/passwd", "/etc/passwd", "..", "", "artworks", "a\0b"):
        signed = signing.dumps({"name": name, "as": None}, salt=FILE_LINK_SALT)
        assert Client().get(f"/files/{signed}").status_code in {400, 404}, name


def test_no_file_runs_in_a_browser(world):
    answer = Client().get(world.sold.picture.watermarked.url)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
