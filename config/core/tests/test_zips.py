"""Archives that are written away while they are made."""

import io
import os
import tracemalloc
import zipfile

import pytest
from django.core.files.storage import storages

from config.core.models import DiscardedFile
from config.core.zips import Member, stream_write, zipped

pytestmark = pytest.mark.django_db
MB = 1024 * 1024


def members(sizes):
    for number, size in enumerate(sizes):
        yield Member(f"{number}.bin", (os.urandom(MB) for _ in range(size)), packs_well=False)
    yield Member("words.json", [b"[", b"1" * 1000, b"]"], packs_well=True)


def test_an_archive_is_whole(tmp_path):
    whole = b"".join(zipped(members([0, 1, 3])))
    archive = zipfile.ZipFile(io.BytesIO(whole))
    assert archive.testzip() is None and archive.read("words.json")[:3] == b"[11"
    assert [info.file_size for info in archive.infolist()] == [0, MB, 3 * MB, 1002]


def test_it_takes_no_more_memory_however_long_it_is():
    tracemalloc.start()
    reserved, size = stream_write("private", "exports/long.zip", zipped(members([40])))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 40 * MB and peak < 12 * MB
    assert storages["private"].size("exports/long.zip") == size
    assert DiscardedFile.objects.get().pk == reserved.pk  # until a row refers to it


def test_what_breaks_off_leaves_nothing(django_capture_on_commit_callbacks, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True

    def broken():
        yield b"x" * MB
        raise LookupError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(LookupError):
        stream_write("private", "exports/broken.zip", broken())
    assert not storages["private"].exists("exports/broken.zip") and not DiscardedFile.objects.exists()


def test_into_a_bucket_in_parts(s3_server, settings):
    settings.STORAGES = settings.STORAGES | s3_server.storages()
    _reserved, size = stream_write("private", "exports/bucket.zip", zipped(members([20])))
    with storages["private"].open("exports/bucket.zip") as file:
        content = file.read()
    assert len(content) == size and zipfile.ZipFile(io.BytesIO(content)).testzip() is None

    def broken():
        yield b"x" * MB
        raise LookupError

    with pytest.raises(LookupError):
        stream_write("private", "exports/broken.zip", broken())
