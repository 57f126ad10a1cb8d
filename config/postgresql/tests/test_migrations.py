"""Migrations take as long as they take, and leave the connection as it was."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("atomic", [True, False])
def test_no_statement_of_theirs_is_given_up(atomic):
    usual = limit()
    with connection.schema_editor(atomic=atomic):
        assert limit() == "0"
    assert (limit(), usual) == ("30s", "30s")


def test_one_that_fails_leaves_the_limit_as_it_was():
    with pytest.raises(ZeroDivisionError), connection.schema_editor():
        raise ZeroDivisionError
    assert limit() == "30s"


def test_waiting_for_a_lock_has_its_limit():
    with connection.schema_editor(), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("5s",)
