"""The servers of the test run behave as the real ones in the points our tests rely on."""

import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from django.core.mail import EmailMultiAlternatives, get_connection

from tests.services import PostgresServer, S3Server, SmtpServer, ValkeyServer
from tests.services.plugin import with_database


def status_of(url: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class TestPostgres:
    def test_it_answers_and_can_find_similar_words(self):
        with PostgresServer() as server, psycopg.connect(server.url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            (similarity,) = connection.execute("SELECT similarity('sculpture', 'sculptor')").fetchone()
        assert 0.4 < similarity < 1

    def test_a_wrong_password_is_refused(self):
        with PostgresServer() as server:
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(server.url.replace(server.password, "wrong"))

    def test_it_starts_from_a_folder_that_only_root_may_enter(self, monkeypatch):
        monkeypatch.setattr("tests.services.postgres.others_may_enter", lambda folder: False)
        with PostgresServer() as server, psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_nothing_is_left_after_it_stopped(self):
        server = PostgresServer()
        with server:
            pid, folder = server._child.pid, server._folder
        assert not folder.exists()
        assert not Path(f"/proc/{pid}").exists()

    def test_the_run_uses_it(self, db):
        from django.db import connection

        assert connection.vendor == "postgresql"


class TestValkey:
    def test_it_answers_on_a_socket_and_forgets_when_stopped(self):
        with ValkeyServer() as server:
            client = redis.Redis.from_url(server.url)
            client.set("word", "kept")
            assert client.get("word") == b"kept"
            client.close()
        with ValkeyServer() as server, redis.Redis.from_url(server.url) as client:
            assert client.get("word") is None

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("unix:///run/valkey.sock?db=0", "unix:///run/valkey.sock?db=3"),
            ("unix:///run/valkey.sock", "unix:///run/valkey.sock?db=3"),
            ("redis://localhost:6379", "redis://localhost:6379/3"),
            ("redis://:word@localhost:6379/1", "redis://:word@localhost:6379/4"),
        ],
    )
    def test_each_worker_has_a_database_of_its_own(self, url, expected):
        assert with_database(url, 3) == expected


class TestS3:
    def link(self, server: S3Server, seconds: int, **extra: str) -> str:
        parameters = {"Bucket": server.bucket, "Key": "original.txt", **extra}
        return server.client().generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)

    def test_a_signed_link_works_until_it_expires(self, s3_server):
        s3_server.client().put_object(Bucket=s3_server.bucket, Key="original.txt", Body=b"the original")
        link = self.link(s3_server, 1)
        assert status_of(self.link(s3_server, 60)) == 200
        time.sleep(2.1)
        assert status_of(link) == 403

    def test_a_changed_signature_and_an_unsigned_request_are_refused(self, s3_server):
        s3_server.client().put_object(Bucket=s3_server.bucket, Key="original.txt", Body=b"the original")
        link = self.link(s3_server, 60)
        changed = link[:-1] + ("0" if link[-1] != "0" else "1")
        assert status_of(changed) == 403
        assert status_of(link.split("?")[0]) == 403

    def test_the_link_gives_the_file_its_name(self, s3_server):
        s3_server.client().put_object(Bucket=s3_server.bucket, Key="original.txt", Body=b"the original")
        link = self.link(s3_server, 60, ResponseContentDisposition='attachment; filename="sunset.txt"')
        with urllib.request.urlopen(link, timeout=10) as answer:
            assert answer.read() == b"the original"
            assert answer.headers["Content-Disposition"] == 'attachment; filename="sunset.txt"'


class TestSmtp:
    def test_a_message_arrives_with_both_parts(self, smtp_server):
        url = urlsplit(smtp_server.url)
        connection = get_connection("django.core.mail.backends.smtp.EmailBackend", host=url.hostname, port=url.port)
        message = EmailMultiAlternatives(
            "Grüße", "plain words", "from@example.com", ["to@example.com"], connection=connection
        )
        message.attach_alternative("<p>html words</p>", "text/html")
        message.send()
        (arrived,) = smtp_server.wait_for(1)
        assert arrived["Subject"] == "Grüße"
        assert arrived["X-Envelope-To"] == "to@example.com"
        assert arrived.get_body(("plain",)).get_content().strip() == "plain words"
        assert arrived.get_body(("html",)).get_content().strip() == "<p>html words</p>"

    def test_each_test_begins_with_an_empty_mailbox(self, smtp_server: SmtpServer):
        assert smtp_server.messages == []
        with pytest.raises(AssertionError, match="0 of 1"):
            smtp_server.wait_for(1, seconds=0.05)
