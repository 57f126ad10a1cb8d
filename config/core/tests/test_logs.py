"""Log lines, and what goes to Sentry: of a row that the database refuses, nothing."""

import io
import logging
import sys

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from config.core.logs import fault_scrubbed, formatter

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["a row that fails a check", "a name that is taken"])
def refused(request, alice):
    """What the database said of it, as whoever catches it has it: of a fault and what followed from it."""
    User.objects.filter(pk=alice.pk).update(first_name="Ali\nce's own")
    with pytest.raises(RuntimeError) as caught:
        try:
            with transaction.atomic():
                if request.param == "a name that is taken":
                    User.objects.create(username="other", email=alice.email)
                else:
                    with connection.cursor() as cursor:
                        cursor.execute("ALTER TABLE accounts_user ADD CHECK (following_count >= 0)")
                    User.objects.filter(pk=alice.pk).update(following_count=-1)
        except IntegrityError as error:
            raise RuntimeError("it did not work") from error
    return caught.value


@pytest.mark.parametrize("json", [False, True])
def test_a_log_line_names_the_rule_and_not_the_row(alice, refused, json):
    written, logger = io.StringIO(), logging.Logger("a logger of its own")
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter(json=json))
    logger.addHandler(handler)

    try:
        raise refused
    except RuntimeError as error:
        # A worker's own line has the fault in its words as well.
        logger.exception("task failed: %s, %r", error.__cause__, error.__cause__)

    said = written.getvalue()
    assert "violates" in said and "RuntimeError: it did not work" in said and "test_logs.py" in said
    assert alice.email not in said and alice.password not in said and "ce's" not in said


def test_nor_is_it_told_elsewhere(alice, refused):
    try:
        raise refused
    except RuntimeError as error:
        hint = {"exc_info": sys.exc_info()}
        values = [{"type": type(one).__name__, "value": str(one)} for one in (error, error.__cause__)]
        entry = {"message": f"task failed: {error.__cause__!r}", "params": [str(error.__cause__)]}
        said = str(fault_scrubbed({"exception": {"values": values}, "logentry": entry}, hint))

    assert "violates" in said and "it did not work" in said
    assert alice.email not in said and alice.password not in said


def test_a_line_without_a_fault_is_as_it_was():
    record = logging.LogRecord("name", logging.INFO, __file__, 1, "order %s is paid", (7,), None)
    assert "order 7 is paid" in formatter(json=False).format(record)
