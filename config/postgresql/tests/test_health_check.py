"""A kept connection: asked when there is reason to, replaced when the server ended it."""

import psycopg
import pytest
from django.db import connection

from config.postgresql import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def checked(monkeypatch):
    """Tests run without health checks (pytest-django opens the connection itself): as a request has them."""
    connection.ensure_connection()
    monkeypatch.setattr(connection, "health_check_enabled", True)
    yield
    connection.close()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def begin_request():
    connection.health_check_done = False


@pytest.fixture
def asked(monkeypatch):
    """How often Django's own check was made."""
    found = []
    original = base.DatabaseWrapper.is_usable

    def is_usable(self):
        found.append(1)
        return original(self)

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", is_usable)
    return found


def test_a_connection_used_a_moment_ago_is_not_asked(asked):
    begin_request()
    first = backend()
    asked.clear()
    begin_request()
    assert backend() == first
    assert asked == []


def test_one_that_was_idle_is_asked(asked, monkeypatch):
    begin_request()
    first = backend()
    asked.clear()
    monkeypatch.setattr(connection, "checked_at", connection.checked_at - base.IDLE_SECONDS - 1)
    begin_request()
    assert backend() == first
    assert asked == [1]


def test_one_that_the_server_ended_is_replaced(settings):
    begin_request()
    first = backend()
    options = connection.get_connection_params()
    with psycopg.connect(
        host=options["host"],
        port=options["port"],
        user=options["user"],
        password=options["password"],
        dbname=options["dbname"],
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    begin_request()
    assert backend() != first


def test_a_network_that_is_gone_without_a_word_is_noticed():
    """Over TCP; a read would wait for two hours otherwise, and so would the thread that serves a request."""
    params = connection.get_connection_params()
    silent = params["keepalives_idle"] + params["keepalives_interval"] * params["keepalives_count"]
    assert (silent, params["tcp_user_timeout"], params["connect_timeout"]) == (30, 30_000, 10)
