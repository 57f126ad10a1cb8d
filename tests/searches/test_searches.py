"""The cases of `tests.searches`, on both databases."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from marketplace.tests.factories import ArtworkFactory
from tests.searches import cases

pytestmark = pytest.mark.timeout(600)  # where much else runs


@pytest.mark.django_db
def test_on_postgresql(settings):
    assert connection.vendor == "postgresql"
    settings.SANDBOX_ALLOWED = True
    callers = cases.clients()
    cases.write_all()
    assert [*cases.faults(*callers)] == []


def test_on_sqlite():
    done = subprocess.run(
        [sys.executable, "-m", "tests.searches"], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=590
    )
    assert (done.returncode, done.stdout) == (0, "0 faults\n"), done.stdout + done.stderr[-2000:]


@pytest.mark.django_db
def test_keys_follow_where_only_some_columns_are_saved():
    work = ArtworkFactory.create(title="First", description="One")
    work.title, work.description = "Zweite Straße", "Two"
    work.save(update_fields=["title"])
    work.refresh_from_db()
    assert (work.title_key, work.description_key) == ("zweite strasse", "one")
    partly = type(work).objects.only("title").get(pk=work.pk)
    partly.title = "ÉCOLE"
    partly.save()
    work.refresh_from_db()
    assert work.title_key == "ecole"
