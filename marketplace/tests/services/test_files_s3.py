"""The same files in a bucket: originals by signed links alone, renditions for everybody."""

import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import storages
from rest_framework.test import APIClient

from accounts.tests.factories import ArtistFactory
from marketplace.models import Artwork
from marketplace.services.artworks import artwork_delete
from marketplace.tests.uploads import file_of, painting, uploaded
from tests.services import S3Server

pytestmark = pytest.mark.django_db
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def bucket(s3_server: S3Server, settings) -> S3Server:
    settings.STORAGES = settings.STORAGES | s3_server.storages()
    return s3_server


def fetched(address: str) -> tuple[int, bytes]:
    try:
        with OPENER.open(address, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def test_an_upload_into_a_bucket(bucket, settings, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    alice = ArtistFactory(identity_verified=True)
    file = file_of(painting(3))
    sent = file.read()
    work = uploaded(alice, file)
    client = APIClient()

    stranger = client.get(f"/api/artworks/{work.pk}/").json()
    assert stranger["image"] == f"{bucket.url}/{bucket.bucket}/public/{work.picture.watermarked.name}"
    status, rendition = fetched(stranger["image"])
    assert (status, rendition[:3]) == (200, b"\xff\xd8\xff")
    assert rendition != sent

    client.force_authenticate(alice)
    own = client.get(f"/api/artworks/{work.pk}/").json()
    assert fetched(own["image"]) == (200, sent)
    bare = urlsplit(own["image"])._replace(query="").geturl()
    assert fetched(bare)[0] == 403
    forged = own["image"].replace(work.picture.original.name, work.picture.original.name + "x")
    assert fetched(forged)[0] in (403, 404)

    original = storages["private"]
    with django_capture_on_commit_callbacks(execute=True):
        artwork_delete(actor=alice, artwork_id=work.pk)
    assert not Artwork.objects.exists()
    assert not original.exists(work.picture.original.name)
    assert fetched(stranger["image"])[0] == 404
