"""/readyz says whether anything can be written, by trying; and not more often than once in some seconds."""

import threading
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config import readiness
from config.readiness import Probe


@pytest.fixture(autouse=True)
def untried():
    for kept in (readiness.needed, readiness.useful, readiness._bucket):
        kept.cache_clear()
    yield
    for kept in (readiness.needed, readiness.useful, readiness._bucket):
        kept.cache_clear()


def asked() -> tuple[int, dict]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


READY = {"status": "ok", "database": "ok", "files": "ok", "queue": "ok"}


@pytest.mark.django_db
class TestAnswer:
    def test_when_all_can_be_written(self):
        assert asked() == (200, READY)
        assert not Session.objects.filter(session_key__startswith="readyz").exists()
        for name in ("default", "private"):
            assert not [file for file in Path(storages[name].location).iterdir() if file.is_file()]

    def test_it_costs_nothing_to_ask_again(self):
        asked()
        with CaptureQueriesContext(connection) as queries:
            for _ in range(50):
                assert asked() == (200, READY)
        assert len(queries) == 0

    @pytest.mark.django_db(transaction=True)
    def test_when_the_database_only_reads(self):
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        try:
            assert asked() == (503, READY | {"status": "not ready", "database": "not writable"})
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET default_transaction_read_only = off")

    def test_when_the_disk_of_the_database_is_full(self, monkeypatch):
        def full(*_args, **_values):
            raise OperationalError("could not extend file: No space left on device")

        monkeypatch.setattr(Session.objects, "create", full)
        assert asked()[0] == 503

    def test_when_the_folder_of_the_files_cannot_be_written(self, monkeypatch, tmp_path):
        (tmp_path / "file").touch()
        monkeypatch.setitem(storages._storages, "private", FileSystemStorage(location=tmp_path / "file" / "private"))
        assert asked() == (503, READY | {"status": "not ready", "files": "not writable"})

    def test_however_often_it_is_asked_the_log_has_one_line(self, monkeypatch, caplog):
        def full(_descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("config.readiness.os.fsync", full)
        assert [asked()[0] for _ in range(20)] == [503] * 20
        assert [record.getMessage() for record in caplog.records if record.levelname != "DEBUG"] == [
            "files cannot be written: OSError: [Errno 28] No space left on device"
        ]

    def test_when_the_disk_of_the_files_is_full(self, monkeypatch):
        def full(_descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("config.readiness.os.fsync", full)
        assert asked()[1]["files"] == "not writable"

    def test_without_its_queue_it_serves_on_and_says_so(self, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        assert asked() == (200, READY | {"queue": "not writable"})


@pytest.mark.django_db
class TestBucket:
    @pytest.fixture
    def bucket(self, settings, s3_server):
        options = {
            "bucket_name": s3_server.bucket,
            "endpoint_url": s3_server.url,
            "access_key": s3_server.access_key,
            "secret_key": s3_server.secret_key,
            "region_name": "us-east-1",
            "addressing_style": "path",
            "signature_version": "s3v4",
        }
        storage = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"default": storage, "private": storage}
        return options

    def test_one_that_takes_files(self, bucket, s3_server):
        assert asked() == (200, READY)
        readiness.needed.cache_clear()
        assert asked() == (200, READY)
        listed = s3_server.client().list_objects_v2(Bucket=s3_server.bucket, Prefix="readyz")["Contents"]
        assert [(one["Key"], one["Size"]) for one in listed] == [("readyz", 0)]

    @pytest.mark.parametrize("wrong", [{"secret_key": "another"}, {"endpoint_url": "http://127.0.0.1:1"}])
    def test_one_that_takes_none(self, bucket, wrong, settings):
        storage = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": bucket | wrong}
        settings.STORAGES = settings.STORAGES | {"private": storage}
        assert asked() == (503, READY | {"status": "not ready", "files": "not writable"})


class TestProbe:
    def test_it_is_tried_again_after_its_seconds_and_tells_a_change_once(self, monkeypatch, caplog):
        now, faults, tried = [100.0], [None, OSError("full\nand\nover"), OSError("full"), None], []
        monkeypatch.setattr("config.readiness.time.monotonic", lambda: now[0])

        def attempt():
            tried.append(now[0])
            if fault := faults[len(tried) - 1]:
                raise fault

        probe = Probe("disk", attempt, seconds=5)
        found = []
        for _ in range(4):
            found.append(probe.is_writable())
            now[0] += 4.9
            assert probe.is_writable() is found[-1]
            now[0] += 0.2
        assert found == [True, False, False, True]
        assert len(tried) == 4
        told = [record.getMessage() for record in caplog.records]
        assert told == ["disk cannot be written: OSError: full and over", "disk can be written again"]

    def test_whoever_asks_during_the_first_attempt_waits_for_it(self):
        began, go, tried, found = threading.Event(), threading.Event(), [], []

        def attempt():
            tried.append(1)
            began.set()
            go.wait(30)

        probe = Probe("disk", attempt, seconds=5)
        askers = [threading.Thread(target=lambda: found.append(probe.is_writable())) for _ in range(3)]
        for asker in askers:
            asker.start()
        assert began.wait(30)
        go.set()
        for asker in askers:
            asker.join()
        assert (found, tried) == ([True] * 3, [1])

    def test_an_attempt_that_hangs_holds_one_thread_and_counts_as_failed(self, monkeypatch):
        began, go = threading.Event(), threading.Event()
        now = [100.0]
        monkeypatch.setattr("config.readiness.time.monotonic", lambda: now[0])
        hangs = [False]

        def attempt():
            if hangs[0]:
                began.set()
                go.wait(30)

        probe = Probe("disk", attempt, seconds=5)
        assert probe.is_writable()
        now[0] += 6
        hangs[0] = True
        one = threading.Thread(target=probe.is_writable)
        one.start()
        try:
            assert began.wait(30)
            assert probe.is_writable()  # the last answer, at once
            now[0] += readiness.PATIENCE
            assert not probe.is_writable()
        finally:
            go.set()
            one.join()
        assert probe.is_writable()
